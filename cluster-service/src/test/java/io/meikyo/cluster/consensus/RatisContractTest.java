// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import io.meikyo.sim.contract.ConsensusContract;
import io.meikyo.sim.contract.ConsensusContract.Case;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The real log keeps the contract. */
class RatisContractTest {
  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> contract() {
    return ConsensusContract.cases().stream()
        .filter(c -> c.promise().matches(System.getProperty("meikyo.contract", ".*")))
        .map(c -> DynamicTest.dynamicTest(c.promise(), () -> run(c)));
  }

  private void run(Case c) throws Exception {
    try (RatisRig rig = new RatisRig(folder.resolve(c.promise().replaceAll("[ ,]+", "-")))) {
      c.trial().accept(rig);
    }
  }
}
