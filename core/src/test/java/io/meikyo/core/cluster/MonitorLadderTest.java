// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.cluster.MonitorLadder.Rung;
import io.meikyo.core.cluster.config.FinalAction;
import io.meikyo.core.cluster.config.Monitor;
import io.meikyo.core.cluster.config.MonitorSettings;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which rung follows when, and what makes the ladder begin anew. */
class MonitorLadderTest {
  private static Monitor monitor(
      int retries, @Nullable String script, @Nullable String recover, FinalAction last) {
    return new Monitor(
        "w",
        false,
        new MonitorSettings.Nic("eth0"),
        List.of("server1"),
        10,
        5,
        retries,
        0,
        Monitor.When.ALWAYS,
        null,
        recover,
        new Monitor.Ladder(script, 1, 5, 2, 1, last, 100, 350, 1000));
  }

  private static List<Rung> climb(MonitorLadder ladder, long from, long to) {
    List<Rung> rungs = new ArrayList<>();
    for (long t = from; t < to; t += 10) {
      Rung rung = ladder.ill(t);
      if (rung != null) {
        rungs.add(rung);
      }
    }
    return rungs;
  }

  @Test
  void rungsInTheirOrderAndTheLastOneOnce() {
    MonitorLadder ladder = new MonitorLadder(monitor(0, "/s", "g", FinalAction.RESET));
    assertThat(climb(ladder, 0, 100_000))
        .containsExactly(Rung.SCRIPT, Rung.RESTART, Rung.RESTART, Rung.FAILOVER, Rung.FINAL);
  }

  @Test
  void withoutScriptOrTargetTheirRungsAreLeftOut() {
    assertThat(climb(new MonitorLadder(monitor(0, null, "g", FinalAction.RESET)), 0, 100_000))
        .containsExactly(Rung.RESTART, Rung.RESTART, Rung.FAILOVER, Rung.FINAL);
    assertThat(climb(new MonitorLadder(monitor(0, null, null, FinalAction.RESET)), 0, 100_000))
        .containsExactly(Rung.FINAL);
  }

  @Test
  void aLastActionOfNothingIsNone() {
    assertThat(climb(new MonitorLadder(monitor(0, null, null, FinalAction.NONE)), 0, 100_000))
        .isEmpty();
  }

  @Test
  void failuresInARowAreForgiven() {
    MonitorLadder ladder = new MonitorLadder(monitor(2, null, "g", FinalAction.NONE));
    assertThat(ladder.ill(0)).isNull();
    assertThat(ladder.ill(10)).isNull();
    ladder.well(20);
    assertThat(ladder.ill(30)).isNull();
    assertThat(ladder.ill(40)).isNull();
    assertThat(ladder.ill(50)).isEqualTo(Rung.RESTART);
  }

  @Test
  void pausesDoubleUpToTheLongest() {
    MonitorLadder ladder = new MonitorLadder(monitor(0, "/s", "g", FinalAction.RESET));
    assertThat(ladder.ill(0)).isEqualTo(Rung.SCRIPT);
    assertThat(ladder.ill(99)).isNull();
    assertThat(ladder.ill(100)).isEqualTo(Rung.RESTART);
    assertThat(ladder.ill(299)).isNull();
    assertThat(ladder.ill(300)).isEqualTo(Rung.RESTART);
    assertThat(ladder.ill(649)).isNull();
    assertThat(ladder.ill(650)).isEqualTo(Rung.FAILOVER);
    assertThat(ladder.ill(999)).isNull();
    assertThat(ladder.ill(1000)).isEqualTo(Rung.FINAL);
  }

  @Test
  void oneGoodLookInALoopDoesNotBeginAnew() {
    MonitorLadder ladder = new MonitorLadder(monitor(0, null, "g", FinalAction.RESET));
    List<Rung> rungs = new ArrayList<>();
    for (long t = 0; t < 10_000; t += 20) {
      Rung rung = ladder.ill(t);
      if (rung != null) {
        rungs.add(rung);
      }
      ladder.well(t + 10);
    }
    assertThat(rungs).containsExactly(Rung.RESTART, Rung.RESTART, Rung.FAILOVER, Rung.FINAL);
  }

  @Test
  void healthyForLongEnoughAndItBeginsAnew() {
    MonitorLadder ladder = new MonitorLadder(monitor(0, "/s", "g", FinalAction.NONE));
    assertThat(ladder.ill(0)).isEqualTo(Rung.SCRIPT);
    ladder.well(10);
    ladder.well(1009);
    assertThat(ladder.used()).isEqualTo(1);
    ladder.well(1010);
    assertThat(ladder.used()).isZero();
    assertThat(ladder.ill(1020)).isEqualTo(Rung.SCRIPT);
  }

  @Test
  void anewByWord() {
    MonitorLadder ladder = new MonitorLadder(monitor(0, null, null, FinalAction.RESET));
    assertThat(ladder.ill(0)).isEqualTo(Rung.FINAL);
    assertThat(ladder.ill(5000)).isNull();
    ladder.reset();
    assertThat(ladder.ill(5010)).isEqualTo(Rung.FINAL);
  }
}
