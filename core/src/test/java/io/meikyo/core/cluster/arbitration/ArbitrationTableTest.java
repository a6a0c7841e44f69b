// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.arbitration;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.mirror.DocTables;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Rule R4: the page and the code are one table, row by row. */
class ArbitrationTableTest {
  @Test
  void thePageShowsWhatTheCodeDoes() {
    List<Map<String, String>> code = new ArrayList<>();
    for (Arbiter arbiter : Arbiter.values()) {
      Map<String, String> row = new LinkedHashMap<>();
      row.put("arbiter", arbiter.word());
      row.put("exclusive", arbiter.exclusive() ? "yes" : "no");
      for (Situation situation : Situation.values()) {
        row.put(situation.name(), ArbitrationTable.decide(arbiter, situation).name());
      }
      code.add(row);
    }
    assertThat(DocTables.table("docs/arbitration.md", "arbiter", "exclusive"))
        .containsExactlyElementsOf(code);
  }

  @Test
  void aPingNeverAuthorisesAColdStartOrWhoSleptOrKnowsOnlyOldThings() {
    assertThat(List.of(Situation.COLD_START, Situation.STALE))
        .allSatisfy(s ->
            assertThat(ArbitrationTable.decide(Arbiter.PING, s))
                .isEqualTo(Permission.OPERATOR_ONLY));
  }

  @Test
  void onlyThePingIsWeak() {
    assertThat(Arbiter.values())
        .allSatisfy(a -> assertThat(a.exclusive()).isEqualTo(a != Arbiter.PING));
  }
}
