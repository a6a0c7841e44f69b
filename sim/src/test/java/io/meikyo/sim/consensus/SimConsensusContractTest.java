// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.meikyo.sim.contract.ConsensusContract;
import io.meikyo.sim.contract.ConsensusContract.Case;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The simulated log keeps the contract, whatever the weather; and the contract finds mistakes. */
class SimConsensusContractTest {
  private static final int STORMS = Integer.getInteger("meikyo.storms", 40);

  @TestFactory
  Stream<DynamicTest> calm() {
    return ConsensusContract.cases().stream()
        .map(c -> DynamicTest.dynamicTest(c.promise(), () -> run(c, 1, false, Set.of())));
  }

  @TestFactory
  Stream<DynamicTest> stormy() {
    return ConsensusContract.cases().stream()
        .map(c ->
            DynamicTest.dynamicTest(
                c.promise(),
                () -> {
                  for (long seed = 1; seed <= STORMS; seed++) {
                    run(c, seed, true, Set.of());
                  }
                }));
  }

  @TestFactory
  Stream<DynamicTest> plantedBugsAreFound() {
    return EnumSet.allOf(Bug.class).stream()
        .map(bug -> DynamicTest.dynamicTest(bug.name(), () -> isFound(bug)));
  }

  private static void isFound(Bug bug) {
    for (long seed = 1; seed <= STORMS; seed++) {
      for (Case c : ConsensusContract.cases()) {
        try (SimRig rig = new SimRig(seed, seed > 1, EnumSet.of(bug))) {
          c.trial().accept(rig);
        } catch (AssertionError e) {
          return;
        }
      }
    }
    fail(bug + " is not found");
  }

  @TestFactory
  Stream<DynamicTest> aSeedReplays() {
    return ConsensusContract.cases().stream()
        .map(c ->
            DynamicTest.dynamicTest(
                c.promise(),
                () -> assertThat(run(c, 5, true, Set.of())).isEqualTo(run(c, 5, true, Set.of()))));
  }

  private static long run(Case c, long seed, boolean stormy, Set<Bug> bugs) {
    try (SimRig rig = new SimRig(seed, stormy, bugs)) {
      c.trial().accept(rig);
      return rig.hash();
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("seed " + seed + ", " + c + ": " + e.getMessage(), e);
    }
  }
}
