// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.notice;

import java.util.List;

/**
 * One thing that Meikyo can say. Implemented by one enum per area, named {@code …Notice}, so that
 * the house test finds every code and demands its texts in each language.
 *
 * <pre>
 * enum PartitionNotice implements NoticeCode {
 *   SUPERBLOCK_TORN(warning("partition.superblock.torn", "partition", "copy"));
 *
 *   private final Spec spec;
 *
 *   PartitionNotice(Spec spec) {
 *     this.spec = spec;
 *   }
 *
 *   public Spec spec() {
 *     return spec;
 *   }
 * }
 * </pre>
 */
public interface NoticeCode {

  Spec spec();

  /** The stable name, and the key of the texts: lower-case words with dots between them. */
  default String key() {
    return spec().key();
  }

  default Severity severity() {
    return spec().severity();
  }

  /** The names of the arguments, in the order in which {@link Notice#of} takes their values. */
  default List<String> argNames() {
    return spec().argNames();
  }

  /** What a code is made of. */
  record Spec(String key, Severity severity, List<String> argNames) {

    public Spec {
      argNames = List.copyOf(argNames);
    }

    public static Spec info(String key, String... argNames) {
      return new Spec(key, Severity.INFO, List.of(argNames));
    }

    public static Spec warning(String key, String... argNames) {
      return new Spec(key, Severity.WARNING, List.of(argNames));
    }

    public static Spec error(String key, String... argNames) {
      return new Spec(key, Severity.ERROR, List.of(argNames));
    }
  }
}
