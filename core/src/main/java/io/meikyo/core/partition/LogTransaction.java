// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.partition;

import java.util.Arrays;

/**
 * One transaction of the activity log: the whole set of hot extents, not a difference. So the
 * newest readable transaction alone tells what may differ after a crash of the active, and a torn
 * newest one is harmless: the writes that waited for it were never issued, and its predecessor
 * names a superset of the extents that it would have let go.
 *
 * @param sequence rises by one with each transaction; 0 only in a log never written
 * @param extents numbers of the hot extents, in any order; never changed after the call
 */
public record LogTransaction(long sequence, int[] extents) {
  /** A log never written. */
  public static final LogTransaction EMPTY = new LogTransaction(0, new int[0]);

  @Override
  public boolean equals(Object o) {
    return o instanceof LogTransaction t
        && t.sequence == sequence
        && Arrays.equals(t.extents, extents);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(sequence) * 31 + Arrays.hashCode(extents);
  }

  @Override
  public String toString() {
    return "log " + sequence + " " + Arrays.toString(extents);
  }
}
