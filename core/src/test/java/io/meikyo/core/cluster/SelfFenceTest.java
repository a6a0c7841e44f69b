// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.cluster.SelfFence.Stage;
import io.meikyo.core.cluster.config.SelfFencing;
import org.junit.jupiter.api.Test;

/** Rule R16: how far a server goes with itself that may no longer act as owner, and when. */
class SelfFenceTest {
  private final SelfFence fence =
      new SelfFence(new SelfFencing(100, 200, SelfFencing.LastResort.SYSRQ));

  @Test
  void aLeaseThatComesBackInTimeChangesNothing() {
    assertThat(fence.look(false, false, 1000, 1000)).isEqualTo(Stage.SUSPENDED);
    assertThat(fence.look(false, false, 1099, 1099)).isEqualTo(Stage.SUSPENDED);
    assertThat(fence.look(true, false, 1099, 1099)).isEqualTo(Stage.WHOLE);
  }

  @Test
  void thenEverythingIsTakenDownAndALeaseThatComesBackDoesNotStopThat() {
    fence.look(false, false, 1000, 1000);
    assertThat(fence.look(false, false, 1100, 1100)).isEqualTo(Stage.FENCING);
    assertThat(fence.look(true, false, 1150, 1150)).isEqualTo(Stage.FENCING);
    assertThat(fence.look(true, true, 1160, 1160)).isEqualTo(Stage.WHOLE);
  }

  @Test
  void whatDoesNotGoDownInTimeTakesTheServerWithIt() {
    fence.look(false, false, 1000, 1000);
    fence.look(false, false, 1100, 1100);
    assertThat(fence.deadline()).isEqualTo(1300);
    assertThat(fence.look(false, false, 1299, 1299)).isEqualTo(Stage.FENCING);
    assertThat(fence.look(false, false, 1300, 1300)).isEqualTo(Stage.LAST_RESORT);
  }

  @Test
  void whoOwnsNothingIsNeverFenced() {
    assertThat(fence.look(false, true, 1000, 1000)).isEqualTo(Stage.WHOLE);
  }
}
