// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class BenchPageTest {
  private static final String BEGIN = "<!-- measured, ram: begin -->";
  private static final String END = "<!-- measured, ram: end -->";

  @Test
  void replacesOnlyWhatIsBetweenItsMarks() {
    List<String> page = List.of("words", BEGIN, "old", "older", END, "more words");
    assertThat(BenchPage.replaced(page, List.of("new"), "ram"))
        .containsExactly("words", BEGIN, "new", END, "more words");
  }

  @Test
  void anotherPlaceComesBehind() {
    List<String> page = List.of("words", BEGIN, "old", END);
    assertThat(BenchPage.replaced(page, List.of("new"), "disk"))
        .containsExactly(
            "words",
            BEGIN,
            "old",
            END,
            "<!-- measured, disk: begin -->",
            "new",
            "<!-- measured, disk: end -->");
  }
}
