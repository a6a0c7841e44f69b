// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One key: one row of the table.
 *
 * @param name as it is written
 * @param type what its value is
 * @param absence what it means that it is not there
 * @param need what a changed value needs
 * @param about one sentence, in the published schema and in the documentation
 */
public record Key(String name, KeyType type, Absence absence, Need need, String about) {

  /** What it means that a key is not there. */
  public sealed interface Absence {}

  /** An error. */
  public record Required() implements Absence {}

  /**
   * Nothing is set.
   *
   * @param meaning what that means
   */
  public record Unset(String meaning) implements Absence {}

  /**
   * One value for all.
   *
   * @param written as it would be written: String, Long, Boolean or List
   */
  public record Standard(Object written) implements Absence {}

  /**
   * A value for each kind of the table.
   *
   * @param written by kind, as it would be written
   */
  public record ByKind(Map<String, Object> written) implements Absence {
    /** Freezes the map. */
    public ByKind {
      written = Map.copyOf(written);
    }
  }

  /**
   * It follows from other values.
   *
   * @param rule how
   */
  public record Derived(String rule) implements Absence {}

  /** What is written if it is not there, for a kind of table; null: nothing, or it is derived. */
  public @Nullable Object standard(String kind) {
    return switch (absence) {
      case Standard s -> s.written();
      case ByKind k -> k.written().get(kind);
      case Required _, Unset _, Derived _ -> null;
    };
  }
}
