// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RoleTableTest {

  @Test
  void thePageShowsEveryLegalStepAndNoOther() {
    assertThat(Transitions.onPage("role", Role.class))
        .isEqualTo(Transitions.inCode(Role.class, RoleTable::legal));
  }

  @Test
  void noRoleBecomesItself() {
    assertThat(Role.values()).noneMatch(role -> RoleTable.legal(role, role));
  }

  @Test
  void onlyTheAuthoritysWordMakesAnActive() {
    assertThat(Arrays.stream(Role.values()).filter(from -> RoleTable.legal(from, Role.ACTIVE)))
        .containsExactly(Role.PROMOTING);
  }

  @Test
  void whoseDiskFailedServesNothingBeforeItIsOpenedAgain() {
    Map<Role, List<Role>> steps = Transitions.inCode(Role.class, RoleTable::legal);

    assertThat(steps.get(Role.FAILED)).containsExactly(Role.DETACHED);
    assertThat(steps.get(Role.DETACHED)).containsExactly(Role.STANDBY);
  }

  @Test
  void everyRoleWithOpenPartitionsCanFail() {
    assertThat(List.of(Role.STANDBY, Role.PROMOTING, Role.ACTIVE, Role.DEMOTING))
        .allMatch(role -> RoleTable.legal(role, Role.FAILED));
  }
}
