// SPDX-License-Identifier: Apache-2.0
package io.meikyo.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What was measured: operations per second of each target in each job, round by round. */
final class Samples {
  private record Place(int round, Job job, String target) {}

  private final Map<Place, Double> values = new HashMap<>();
  private int rounds;

  void add(int round, Job job, String target, double perSecond) {
    values.put(new Place(round, job, target), perSecond);
    rounds = Math.max(rounds, round + 1);
  }

  int rounds() {
    return rounds;
  }

  /** Median operations per second; 0 if nothing was measured. */
  double median(Job job, String target) {
    double[] all =
        values.entrySet().stream()
            .filter(e -> e.getKey().job == job && e.getKey().target.equals(target))
            .mapToDouble(Map.Entry::getValue)
            .toArray();
    return all.length == 0 ? 0 : Interval.median(all);
  }

  /**
   * How many times as fast the one is as the other: the quotient of each round, in which both ran
   * within seconds of each other, and of these the median. Null if they never met.
   */
  @Nullable Interval ratio(Job job, String target, String against, long seed) {
    List<Double> ratios = new ArrayList<>();
    for (int r = 0; r < rounds; r++) {
      Double above = values.get(new Place(r, job, target));
      Double below = values.get(new Place(r, job, against));
      if (above != null && below != null && below > 0) {
        ratios.add(above / below);
      }
    }
    return ratios.isEmpty() ? null : Interval.of(ratios, seed);
  }
}
