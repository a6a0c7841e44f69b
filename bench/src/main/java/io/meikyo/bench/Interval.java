// SPDX-License-Identifier: Apache-2.0
package io.meikyo.bench;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A median and where it would lie in 95 of 100 repetitions of the whole run, by the percentile
 * bootstrap.
 *
 * @param median of what was measured
 * @param low lower end of the interval
 * @param high upper end of the interval
 * @param count how many values there were
 */
record Interval(double median, double low, double high, int count) {
  private static final int RESAMPLES = 10_000;
  private static final double TAIL = 0.025;

  /**
   * Of these values, at least one; the same seed gives the same interval. Few values give a narrow
   * interval by chance: with fewer than about six it says little.
   */
  static Interval of(List<Double> values, long seed) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("an interval needs a value");
    }
    double[] all = values.stream().mapToDouble(Double::doubleValue).toArray();
    SplittableRandom random = new SplittableRandom(seed);
    double[] medians = new double[RESAMPLES];
    double[] sample = new double[all.length];
    for (int r = 0; r < RESAMPLES; r++) {
      for (int i = 0; i < sample.length; i++) {
        sample[i] = all[random.nextInt(all.length)];
      }
      medians[r] = median(sample);
    }
    Arrays.sort(medians);
    return new Interval(
        median(all),
        medians[(int) Math.floor(TAIL * (RESAMPLES - 1))],
        medians[(int) Math.ceil((1 - TAIL) * (RESAMPLES - 1))],
        all.length);
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
