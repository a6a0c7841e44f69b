// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Who takes the snapshots of one mirror disk.
 *
 * @param folder for reflinks; null: that of the data partition
 * @param script for {@link Kind#SCRIPT}; null for all others
 * @param nanos how long taking one may last; the built-in store needs none
 */
public record ProviderSpec(Kind kind, @Nullable Path folder, @Nullable Path script, long nanos) {
  /** If nothing else is said. */
  public static final long USUAL_NANOS = 5_000_000_000L;

  /** The built-in store. */
  public static final ProviderSpec BUILT_IN =
      new ProviderSpec(Kind.BUILT_IN, null, null, USUAL_NANOS);

  /** Who there is. */
  public enum Kind {
    /** Copies before each write, to a store with a cap. */
    BUILT_IN("built-in"),
    /** Shares blocks with the file that is the data partition. */
    REFLINK("reflink"),
    /** A thin snapshot of the logical volume that is the data partition. */
    LVM_THIN("lvm-thin"),
    /** A program of the administrator. */
    SCRIPT("script");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    /** As the configuration says it. */
    public String word() {
      return word;
    }
  }

  /** A script has a path, nobody else has. */
  public ProviderSpec {
    if ((kind == Kind.SCRIPT) != (script != null)) {
      throw new IllegalArgumentException("a script belongs to the provider script");
    }
  }
}
