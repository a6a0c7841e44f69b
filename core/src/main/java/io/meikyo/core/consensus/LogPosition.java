// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.consensus;

/**
 * A place in the log of one group. Positions of different groups are never compared (law 2).
 *
 * @param term the leader's term in which the entry was written
 * @param index rises by one with each entry
 */
public record LogPosition(long term, long index) implements Comparable<LogPosition> {
  /** Before the first entry. */
  public static final LogPosition NONE = new LogPosition(0, -1);

  @Override
  public int compareTo(LogPosition other) {
    return Long.compare(index, other.index);
  }
}
