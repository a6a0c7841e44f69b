// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.sim.cover.Coverage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A checker that finds nothing wrong proves nothing: each mistake is found within few seeds. */
class WrongEngineTest {
  private static final int SEEDS = 200;

  @ParameterizedTest
  @EnumSource
  void isCaught(WrongEngine.Mistake mistake) {
    String found = null;
    for (long seed = 1; seed <= SEEDS && found == null; seed++) {
      SeedRun.Result r = SeedRun.run(seed, WrongEngine.maker(mistake), new Coverage(), 0);
      if (r.failure() != null) {
        found = "seed " + seed + ", " + r.failure().name() + ": " + r.failure().reason();
      }
    }
    assertThat(found).as("a seed that catches " + mistake).isNotNull().doesNotContain("exception");
  }
}
