// SPDX-License-Identifier: Apache-2.0
package io.meikyo.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class SamplesTest {

  @Test
  void comparesEachRoundWithItself() {
    Samples s = new Samples();
    // The machine is ten times slower in the second round; the ratio is not.
    s.add(0, Job.WRITE_1, "a", 2000);
    s.add(0, Job.WRITE_1, "b", 1000);
    s.add(1, Job.WRITE_1, "a", 200);
    s.add(1, Job.WRITE_1, "b", 100);
    assertThat(s.ratio(Job.WRITE_1, "a", "b", 1)).isEqualTo(new Interval(2, 2, 2, 2));
    assertThat(s.median(Job.WRITE_1, "a")).isEqualTo(1100);
    assertThat(s.rounds()).isEqualTo(2);
  }

  @Test
  void aRoundThatOneOfThemMissedDoesNotCount() {
    Samples s = new Samples();
    s.add(0, Job.WRITE_1, "a", 3);
    s.add(0, Job.WRITE_1, "b", 1);
    s.add(1, Job.WRITE_1, "a", 100);
    assertThat(s.ratio(Job.WRITE_1, "a", "b", 1)).isEqualTo(new Interval(3, 3, 3, 1));
  }

  @Test
  void neverMet() {
    Samples s = new Samples();
    s.add(0, Job.WRITE_1, "a", 3);
    s.add(0, Job.READ_32, "b", 3);
    assertThat(s.ratio(Job.WRITE_1, "a", "b", 1)).isNull();
    assertThat(s.median(Job.FSYNC_1, "a")).isZero();
  }
}
