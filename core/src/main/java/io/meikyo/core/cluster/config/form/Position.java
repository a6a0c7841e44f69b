// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import java.util.Comparator;

/**
 * A place in a text; line and column count from 1.
 *
 * @param line line
 * @param column column
 */
public record Position(int line, int column) {
  /** The beginning. */
  public static final Position START = new Position(1, 1);

  /** From the first line to the last. */
  public static final Comparator<Position> ORDER =
      Comparator.comparingInt(Position::line).thenComparingInt(Position::column);
}
