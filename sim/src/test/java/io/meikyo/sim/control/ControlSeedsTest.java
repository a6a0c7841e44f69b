// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.sim.SeedRun;
import io.meikyo.sim.cover.Coverage;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The control plane in whole clusters. All standard seeds: {@code meikyo sim --control}. */
class ControlSeedsTest {
  private static final int SEEDS = 30;

  @Test
  void everyLawHolds() {
    Coverage cover = new Coverage();
    for (long seed = 1; seed <= SEEDS; seed++) {
      SeedRun.Result r = ControlRun.run(seed, cover, 0);
      assertThat(r.failure()).as("replay with sim --control --one " + seed + " -v").isNull();
    }
    Map<String, Long> met = new TreeMap<>();
    cover.addTo(met);
    assertThat(met).containsEntry("healed", (long) SEEDS);
    assertThat(met).containsKeys("command/TakeOver", "tell/node.fencing", "write answered");
  }

  @Test
  void oneSeedIsOneRun() {
    for (long seed = 40; seed < 44; seed++) {
      SeedRun.Result first = ControlRun.run(seed, new Coverage(), 0);
      SeedRun.Result told = ControlRun.run(seed, new Coverage(), 50);
      assertThat(told.hash()).isEqualTo(first.hash());
      assertThat(told.events()).isEqualTo(first.events());
      assertThat(told.story()).hasSizeLessThanOrEqualTo(50).isNotEmpty();
    }
  }

  @Test
  void twoSeedsAreTwoRuns() {
    assertThat(ControlRun.run(1, new Coverage(), 0).hash())
        .isNotEqualTo(ControlRun.run(2, new Coverage(), 0).hash());
  }
}
