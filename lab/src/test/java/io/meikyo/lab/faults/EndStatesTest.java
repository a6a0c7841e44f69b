// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** docs/end-states.md and what the lab makes happen are one table. */
class EndStatesTest {
  private static final int CELLS = 6;

  private static List<String> page() throws Exception {
    List<String> rows = new ArrayList<>();
    for (String line :
        Files.readAllLines(Path.of(System.getProperty("meikyo.root"), "docs/end-states.md"))) {
      String[] cells = line.split("\\|", -1);
      boolean head = line.startsWith("| fault ") || line.startsWith("|---");
      if (cells.length == CELLS && !head) {
        String row = cells[1].strip() + " | " + cells[3].strip() + " | " + cells[4].strip();
        rows.add(row.strip());
      }
    }
    return rows;
  }

  private static String row(Fault fault) {
    String where =
        switch (fault.then()) {
          case STAYS -> "server1";
          case MOVES -> "server2";
          case ANYWHERE -> "server1 or server2";
        };
    return fault.word() + " | " + where + " | " + (fault.isBrief() ? "yes" : "");
  }

  @Test
  void thePageIsTheTable() throws Exception {
    assertThat(page())
        .containsExactlyElementsOf(
            Arrays.stream(Fault.values()).map(EndStatesTest::row).map(String::strip).toList());
  }
}
