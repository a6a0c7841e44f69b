// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.partition;

import java.util.Arrays;

/**
 * The line of data that a replica is on: the current generation and those that it came from, newest
 * first. Immutable. A generation is a random id; 0 means none.
 */
public final class Generations {
  /** Ancestors kept; older ones fall off, and a replica that knows only those is "unrelated". */
  public static final int HISTORY_MAX = 128;

  /** A blank replica's: no generation at all. */
  public static final Generations NONE = new Generations(0, new long[0]);

  private final long current;
  private final long[] history;

  private Generations(long current, long[] history) {
    this.current = current;
    this.history = history;
  }

  /** Made from stored values; {@code history} newest first, not longer than the limit. */
  public static Generations of(long current, long... history) {
    if (history.length > HISTORY_MAX) {
      throw new IllegalArgumentException("history of " + history.length + " generations");
    }
    return new Generations(current, history.clone());
  }

  /** The current generation; 0 if none. */
  public long current() {
    return current;
  }

  /** Number of ancestors. */
  public int size() {
    return history.length;
  }

  /** Ancestor {@code i}, 0 being the newest. */
  public long ancestor(int i) {
    return history[i];
  }

  /** True if {@code generation} is an ancestor, not the current one itself. */
  public boolean descendsFrom(long generation) {
    for (long h : history) {
      if (h == generation && h != 0) {
        return true;
      }
    }
    return false;
  }

  /** True if it is the current one or an ancestor. */
  public boolean knows(long generation) {
    return generation != 0 && (generation == current || descendsFrom(generation));
  }

  /** A new generation on top of this line. */
  public Generations then(long next) {
    if (next == current) {
      return this;
    }
    if (current == 0) {
      return new Generations(next, history);
    }
    int keep = Math.min(history.length, HISTORY_MAX - 1);
    long[] h = new long[keep + 1];
    h[0] = current;
    System.arraycopy(history, 0, h, 1, keep);
    return new Generations(next, h);
  }

  /** True if both lines share any generation. */
  public boolean related(Generations other) {
    if (knows(other.current)) {
      return true;
    }
    for (long h : other.history) {
      if (knows(h)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Generations g && g.current == current && Arrays.equals(g.history, history);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(current) * 31 + Arrays.hashCode(history);
  }

  @Override
  public String toString() {
    StringBuilder b = new StringBuilder(Long.toHexString(current));
    for (int i = 0; i < Math.min(history.length, 4); i++) {
      b.append(" < ").append(Long.toHexString(history[i]));
    }
    return history.length > 4 ? b.append(" < …").toString() : b.toString();
  }
}
