// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HoldTableTest {

  private static final Map<HoldState, List<HoldState>> STEPS =
      Transitions.inCode(HoldState.class, HoldTable::legal);

  @Test
  void thePageShowsEveryLegalStepAndNoOther() {
    assertThat(Transitions.onPage("hold", HoldState.class)).isEqualTo(STEPS);
  }

  /** Law 5: from every state it is one step to where writes flow. */
  @Test
  void everyHoldCanEndAtOnce() {
    STEPS.forEach((from, to) -> {
      if (from != HoldState.NONE) {
        assertThat(to).as("from " + from).contains(HoldState.NONE);
      }
    });
  }

  @Test
  void theGoodWayHasNoShortCutToTheCut() {
    assertThat(STEPS.get(HoldState.DRAINING)).doesNotContain(HoldState.HELD, HoldState.CUTTING);
    assertThat(STEPS)
        .allSatisfy((from, to) ->
            assertThat(to.contains(HoldState.CUTTING)).isEqualTo(from == HoldState.HELD))
        .allSatisfy((from, to) ->
            assertThat(to.contains(HoldState.CUT)).isEqualTo(from == HoldState.CUTTING));
  }

  @Test
  void aBadEndIsNotTurnedIntoAGoodOne() {
    assertThat(STEPS.get(HoldState.VOIDING)).containsExactly(HoldState.NONE);
  }
}
