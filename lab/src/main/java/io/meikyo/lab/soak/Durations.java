// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.soak;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How long things took: counts in steps of a sixteenth of each power of two, so that any quantile
 * is right within 7 %; the longest exactly. Any thread.
 */
final class Durations {
  private static final int STEPS = 16;
  private static final int STEP_BITS = 4;

  private final AtomicLongArray counts = new AtomicLongArray(Long.SIZE * STEPS);
  private final AtomicLong longest = new AtomicLong();
  private final AtomicLong number = new AtomicLong();

  void add(long nanos) {
    long value = Math.max(nanos, STEPS);
    int power = Long.SIZE - 1 - Long.numberOfLeadingZeros(value);
    int step = (int) (value >>> (power - STEP_BITS)) & (STEPS - 1);
    counts.incrementAndGet(power * STEPS + step);
    number.incrementAndGet();
    longest.accumulateAndGet(nanos, Math::max);
  }

  long count() {
    return number.get();
  }

  long longest() {
    return longest.get();
  }

  /** The duration, ns, that this part of all (0 to 1) did not exceed; 0 if there were none. */
  long quantile(double part) {
    long rest = (long) Math.ceil(part * number.get());
    if (rest == 0) {
      return 0;
    }
    for (int i = 0; i < counts.length(); i++) {
      rest -= counts.get(i);
      if (rest <= 0) {
        int power = i / STEPS;
        long upper = (1L << power) + ((long) (i % STEPS + 1) << (power - STEP_BITS));
        return Math.min(upper, longest.get());
      }
    }
    return longest.get();
  }

  /** "N, median A, p99 B, most C ms". */
  String text() {
    return count()
        + ", median "
        + millis(quantile(0.5))
        + ", p99 "
        + millis(quantile(0.99))
        + ", most "
        + millis(longest())
        + " ms";
  }

  /** Milliseconds, with three digits that mean something. */
  static String millis(long nanos) {
    double ms = nanos / 1e6;
    return String.format(java.util.Locale.ROOT, ms < 10 ? "%.2f" : ms < 100 ? "%.1f" : "%.0f", ms);
  }
}
