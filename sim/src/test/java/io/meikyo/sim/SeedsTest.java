// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.sim.cover.Coverage;
import org.junit.jupiter.api.Test;

/** The engine in whole clusters. More seeds: the command {@link SimMain}. */
class SeedsTest {
  private static final int SEEDS = 300;

  @Test
  void everyLawHolds() {
    Coverage cover = new Coverage();
    for (long seed = 1; seed <= SEEDS; seed++) {
      SeedRun.Result r = SeedRun.run(seed, Replica.Maker.ENGINE, cover, 0);
      assertThat(r.failure()).as("replay with SimMain --one " + seed + " -v").isNull();
    }
  }

  @Test
  void oneSeedIsOneRun() {
    for (long seed = 40; seed < 50; seed++) {
      SeedRun.Result first = SeedRun.run(seed, Replica.Maker.ENGINE, new Coverage(), 0);
      SeedRun.Result told = SeedRun.run(seed, Replica.Maker.ENGINE, new Coverage(), 50);
      assertThat(told.hash()).isEqualTo(first.hash());
      assertThat(told.events()).isEqualTo(first.events());
      assertThat(told.story()).hasSizeLessThanOrEqualTo(50).isNotEmpty();
    }
  }

  @Test
  void twoSeedsAreTwoRuns() {
    long one = SeedRun.run(1, Replica.Maker.ENGINE, new Coverage(), 0).hash();
    long two = SeedRun.run(2, Replica.Maker.ENGINE, new Coverage(), 0).hash();
    assertThat(one).isNotEqualTo(two);
  }
}
