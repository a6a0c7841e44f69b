// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.sim.FaultScene.Write;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The cells of the fault table can fail: an engine with a mistake does not get through. */
class FaultCellTest {

  @ParameterizedTest
  @EnumSource(names = {"ANSWERS_EARLY", "SKIPS_FLUSH", "DROPS_A_WRITE", "FORGETS_FUA"})
  void aWrongEngineIsCaught(WrongEngine.Mistake mistake) {
    assertThatThrownBy(() ->
            FaultCell.play(
                Write.FLUSHED,
                s -> s.ledger.flushesToo(),
                s -> FaultTableTest.powerLoss(s, s.active),
                false,
                WrongEngine.maker(mistake)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("seed ");
  }
}
