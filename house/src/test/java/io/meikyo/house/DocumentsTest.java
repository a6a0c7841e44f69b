// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class DocumentsTest {

  @Test
  void linksLeadSomewhere() {
    List<String> dead =
        Tree.files(".md")
            .flatMap(document -> Documents.deadLinks(document, Tree.root()).stream())
            .toList();

    assertThat(dead)
        .as("A link between documents leads to a file, and to a heading in it.")
        .isEmpty();
  }

  @Test
  void plantedDeadLinksAreFound() {
    SourceFile document =
        new SourceFile(
            "docs/sample.md",
            """
            # The first heading!
            [good](../README.md), [good](#the-first-heading), [good](https://example.org/none)
            [dead](missing.md), [dead](#none), [dead](../README.md#none)
            ```
            [not a link](in-code.md)
            ```
            """);

    assertThat(Documents.deadLinks(document, Tree.root()))
        .containsExactly(
            "docs/sample.md -> missing.md",
            "docs/sample.md -> #none",
            "docs/sample.md -> ../README.md#none");
  }

  @Test
  void everyDependencyIsExplained() {
    Set<String> used = new TreeSet<>(Poms.everythingOfOthers());
    used.addAll(Poms.allowList());

    assertThat(new TreeSet<>(Documents.listedDependencies(Tree.read("docs/dependencies.md"))))
        .as(
            "Each dependency, plugin and line of the allow-list has a row in docs/dependencies.md"
                + " (why, size, licence, how to replace it), and each row is in use.")
        .isEqualTo(used);
  }

  @Test
  void rowsOfTheDependencyTableAreRead() {
    assertThat(Documents.listedDependencies("| `a.b:c` | why |\n| no row |\ntext `d:e`\n"))
        .containsExactly("a.b:c");
    assertThat(Poms.everythingOfOthers())
        .contains(
            "org.assertj:assertj-core",
            "org.apache.maven.plugins:maven-jar-plugin",
            "com.uber.nullaway:nullaway",
            "info.picocli:picocli");
  }
}
