// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page with the fault table is complete, and speaks of things that exist. */
class FaultTablePageTest {

  private static final String PAGE = "docs/fault-table.md";

  private static final List<Map<String, String>> ROWS =
      DocTables.table(PAGE, "fault", "at", "write");

  @Test
  void everyFaultStandsThereForBothKindsOfWritesAndForEachPlace() {
    List<String> expected = new ArrayList<>();
    for (String place :
        List.of(
            "process killed/active",
            "process killed/standby",
            "power of one/active",
            "power of one/standby",
            "power of both/both",
            "disk error/active",
            "disk error/standby",
            "link cut/between both",
            "long pause/active",
            "long pause/standby",
            "image rolled back/active",
            "image rolled back/standby")) {
      expected.add(place + "/acknowledged");
      expected.add(place + "/flushed");
    }

    assertThat(ROWS)
        .extracting(row -> row.get("fault") + "/" + row.get("at") + "/" + row.get("write"))
        .containsExactlyElementsOf(expected);
    assertThat(ROWS).allSatisfy(row -> assertThat(row).doesNotContainValue(""));
  }

  @Test
  void everyCellHasATestOfItsOwn() {
    assertThat(ROWS)
        .extracting(row -> row.get("test"))
        .doesNotHaveDuplicates()
        .allMatch(name -> name.matches("FaultTableTest\\.[a-z][A-Za-z]+(Acknowledged|Flushed)"));
  }

  @Test
  void whatItNamesExists() throws IOException {
    Set<String> known = new HashSet<>();
    try (Stream<Path> files = Files.list(Path.of("src/main/java/io/meikyo/core/mirror"))) {
      files.forEach(file -> known.add(file.getFileName().toString().replace(".java", "")));
    }
    Stream.of(MirrorNotice.values()).map(Enum::name).forEach(known::add);
    Stream.of(ReconnectRow.values()).map(Enum::name).forEach(known::add);

    List<String> unknown =
        Pattern.compile("`([A-Za-z_]+)(\\.[A-Za-z.]+)?`")
            .matcher(DocTables.read(PAGE))
            .results()
            .map(found -> found.group(1))
            .filter(name -> !name.equals("FaultTableTest") && !known.contains(name))
            .toList();

    assertThat(unknown).as("names in " + PAGE + " that are no class, notice or row").isEmpty();
  }
}
