// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.partition;

/**
 * Mark that a replica carries so that a rolled-back, swapped or relabelled copy is found (rule R2).
 * The counter rises by one with each stamp that an active issues; the random part makes two stamps
 * of the same counter different when they come from two different histories.
 *
 * @param counter rises along one history; 0 only in {@link #NONE}
 * @param random 64 random bits
 */
public record Stamp(long counter, long random) {
  /** No stamp yet: a replica that never took part in a mirror. */
  public static final Stamp NONE = new Stamp(0, 0);

  /** True unless this is {@link #NONE}. */
  public boolean isSome() {
    return counter != 0;
  }

  @Override
  public String toString() {
    return isSome() ? counter + ":" + Long.toHexString(random) : "none";
  }
}
