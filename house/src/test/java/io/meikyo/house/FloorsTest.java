// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.house.Floors.Module;
import io.meikyo.house.Poms.Coordinate;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class FloorsTest {

  @Test
  void nothingUsesItsOwnFloorOrAHigherOne() {
    assertThat(Floors.notDownward(Floors.ALL))
        .as("Arrows point down, so that the lower floors can be understood and tested alone.")
        .isEmpty();
  }

  @Test
  void anUpwardArrowInTheTableIsFound() {
    Module low = new Module("low", 0, "low", Set.of("high"));
    Module high = new Module("high", 1, "high", Set.of());

    assertThat(Floors.notDownward(List.of(low, high))).containsExactly("low (0) uses high");
  }

  @Test
  void theClassesUseWhatTheTableAllows() {
    assertThat(Floors.notAllowed(Classes.ours(), Floors.ALL))
        .as("A module uses only the modules that its row in Floors names.")
        .isEmpty();
    assertThat(Classes.ours()).hasSizeGreaterThan(10);
  }

  @Test
  void anUpwardImportInTheClassesIsFound() {
    String planted = "io.meikyo.house.planted";
    Module low = new Module("low", 0, planted + ".low", Set.of());
    Module high = new Module("high", 1, planted + ".high", Set.of("low"));

    assertThat(Floors.notAllowed(Classes.in(planted + ".low"), List.of(low, high)))
        .anyMatch(text -> text.contains("LooksUp") && text.contains("high.Above"));
    assertThat(Floors.notAllowed(Classes.in(planted + ".high"), List.of(low, high))).isEmpty();
    assertThat(Floors.notAllowed(Classes.in(planted + ".high"), List.of(low)))
        .anyMatch(text -> text.contains("no module"));
  }

  @Test
  void thePomsSayTheSame() {
    for (String folder : Poms.moduleFolders()) {
      Module module = Floors.named(Poms.artifactOf(folder));
      Set<String> uses =
          Poms.dependencies(folder).stream()
              .filter(dependency -> dependency.group().equals(Poms.OURS))
              .map(Coordinate::artifact)
              .collect(Collectors.toSet());

      assertThat(uses)
          .as("The modules in %s/pom.xml are those of its row in Floors.", folder)
          .isEqualTo(module.uses());
    }
    assertThat(Poms.moduleFolders()).hasSameSizeAs(Floors.ALL);
  }

  @Test
  void coreStandsOnTheJdkAlone() {
    assertThat(Poms.dependencies("core"))
        .as("core has no dependency: whoever reads it needs to know the JDK and nothing else.")
        .isEmpty();
  }

  @Test
  void theArchitectureDocumentSaysTheSame() {
    Pattern row = Pattern.compile("\\| (\\d) \\| `([a-z-]+)` \\| `([a-z.]+)` \\| ([^|]+) \\|");
    List<Module> documented =
        row.matcher(Tree.read("ARCHITECTURE.md"))
            .results()
            .map(r ->
                new Module(r.group(2), Integer.parseInt(r.group(1)), r.group(3), words(r.group(4))))
            .toList();

    assertThat(documented)
        .as("The table of floors in ARCHITECTURE.md has the rows of Floors.")
        .containsExactlyInAnyOrderElementsOf(Floors.ALL);
  }

  private static Set<String> words(String cell) {
    return Pattern.compile("`([a-z-]+)`")
        .matcher(cell)
        .results()
        .map(word -> word.group(1))
        .collect(Collectors.toSet());
  }
}
