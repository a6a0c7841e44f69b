// SPDX-License-Identifier: Apache-2.0
package io.meikyo.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class IntervalTest {

  @Test
  void medianOfAnEvenNumberIsBetweenBoth() {
    assertThat(Interval.of(List.of(4.0, 1.0, 3.0, 2.0), 1).median()).isEqualTo(2.5);
  }

  @Test
  void oneValueIsItsOwnInterval() {
    assertThat(Interval.of(List.of(1.5), 7)).isEqualTo(new Interval(1.5, 1.5, 1.5, 1));
  }

  @Test
  void sameSeedGivesTheSameInterval() {
    List<Double> values = List.of(1.0, 1.2, 0.9, 1.4, 1.1, 1.05, 2.0);
    assertThat(Interval.of(values, 3)).isEqualTo(Interval.of(values, 3));
  }

  @Test
  void endsAreValuesAroundTheMedian() {
    Interval i = Interval.of(List.of(1.0, 1.2, 0.9, 1.4, 1.1, 1.05, 2.0), 3);
    assertThat(i.low()).isBetween(0.9, i.median());
    assertThat(i.high()).isBetween(i.median(), 2.0);
    assertThat(i.low()).isLessThan(i.high());
  }

  @Test
  void nothingHasNoInterval() {
    assertThatThrownBy(() -> Interval.of(List.of(), 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** The promise itself: about 95 of 100 such intervals hold the true median. */
  @Test
  void coversTheTruthAboutAsOftenAsItSays() {
    SplittableRandom random = new SplittableRandom(11);
    int runs = 200;
    int held = 0;
    for (int run = 0; run < runs; run++) {
      List<Double> values = new ArrayList<>();
      for (int i = 0; i < 15; i++) {
        values.add(random.nextGaussian());
      }
      Interval i = Interval.of(values, run);
      held += i.low() <= 0 && 0 <= i.high() ? 1 : 0;
    }
    assertThat(held / (double) runs).isCloseTo(0.95, within(0.05));
  }
}
