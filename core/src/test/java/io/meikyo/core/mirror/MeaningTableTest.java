// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.mirror.MeaningTable.Flag;
import io.meikyo.core.mirror.MeaningTable.Hold;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MeaningTableTest {

  private static final String PAGE = "docs/backup-meaning.md";

  @Test
  void thePageShowsEveryCombinationAsTheCodeDecidesIt() {
    List<List<String>> expected = new ArrayList<>();
    for (Flag here : List.of(Flag.OFF, Flag.ON)) {
      for (Flag there : Flag.values()) {
        for (Hold hold : Hold.values()) {
          for (boolean sameBoot : new boolean[] {true, false}) {
            expected.add(
                List.of(
                    word(here),
                    word(there),
                    word(hold),
                    sameBoot ? "yes" : "no",
                    MeaningTable.decide(here, there, hold, sameBoot).name()));
          }
        }
      }
    }

    assertThat(expected).hasSize(48);
    assertThat(DocTables.table(PAGE, "flag here", "flag there"))
        .extracting(row -> List.copyOf(row.values()))
        .isEqualTo(expected);
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  @Test
  void thePageSaysForEachMeaningWhatHappens() {
    List<Map<String, String>> found = DocTables.table(PAGE, "meaning", "what is said");

    assertThat(found)
        .extracting(row -> List.of(row.get("meaning"), row.get("may lead")))
        .isEqualTo(
            Stream.of(Meaning.values())
                .map(meaning -> List.of(meaning.name(), meaning.mayLead() ? "yes" : "no"))
                .toList());
    assertThat(found).allSatisfy(row -> assertThat(row).doesNotContainValue(""));
  }

  @Test
  void everyMeaningIsReached() {
    Set<Meaning> reached = EnumSet.noneOf(Meaning.class);
    for (Flag here : List.of(Flag.OFF, Flag.ON)) {
      for (Flag there : Flag.values()) {
        for (Hold hold : Hold.values()) {
          reached.add(MeaningTable.decide(here, there, hold, true));
          reached.add(MeaningTable.decide(here, there, hold, false));
        }
      }
    }

    assertThat(reached).containsExactlyInAnyOrder(Meaning.values());
  }

  /** Rule R13, said a second time: an image leads only if the state vouches for it. */
  @Test
  void whoShowsTheFlagLeadsOnlyIfTheStateKnowsTheHoldOrChoseIt() {
    for (Flag there : Flag.values()) {
      for (boolean sameBoot : new boolean[] {true, false}) {
        assertThat(MeaningTable.decide(Flag.ON, there, Hold.SAME, sameBoot).mayLead()).isTrue();
        assertThat(MeaningTable.decide(Flag.ON, there, Hold.DECIDED, sameBoot).mayLead()).isTrue();
        assertThat(MeaningTable.decide(Flag.ON, there, Hold.OTHER, sameBoot).mayLead()).isFalse();
        assertThat(MeaningTable.decide(Flag.ON, there, Hold.SILENT, sameBoot).mayLead()).isFalse();
      }
    }
  }
}
