// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TidyTest {

  private static final String HEADER = "// SPDX-License-Identifier: Apache-2.0\n";

  /** A file per rule that breaks it. Words are cut in two, so that this file does not break it. */
  private static final Map<String, SourceFile> PLANTED =
      Map.of(
          "licence", new SourceFile("core/src/main/java/A.java", "package a;\n"),
          "length", new SourceFile("core/src/main/java/A.java", HEADER.repeat(601)),
          "tab", new SourceFile("docs/a.md", "a\tb\n"),
          "columns", new SourceFile("core/src/main/java/A.java", "int " + "a".repeat(100) + ";"),
          "unfinished", new SourceFile("docs/a.md", "write this TO" + "DO\n"),
          "sleep", new SourceFile("core/src/test/java/A.java", "Thread" + ".sleep(1);"),
          "print", new SourceFile("core/src/main/java/A.java", "System" + ".out.println();"),
          "disabled", new SourceFile("core/src/test/java/A.java", "@Disa" + "bled void a()"));

  static List<Rule> rules() {
    return TidyRules.ALL;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rules")
  void theTreeKeeps(Rule rule) {
    List<String> found = Tree.files().stream().flatMap(file -> rule.check(file).stream()).toList();

    assertThat(found).as(rule.why()).isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rules")
  void aPlantedSampleBreaks(Rule rule) {
    assertThat(PLANTED).containsKey(rule.name());
    assertThat(rule.check(PLANTED.get(rule.name()))).hasSize(1);
  }

  @Test
  void aTidyFileBreaksNone() {
    SourceFile java = new SourceFile("cli/src/main/java/A.java", HEADER + "package a;\n");
    SourceFile script =
        new SourceFile("run", "#!/bin/bash\n# SPDX-License-Identifier: Apache-2.0\n");

    assertThat(TidyRules.ALL.stream().flatMap(rule -> rule.check(java).stream())).isEmpty();
    assertThat(TidyRules.ALL.stream().flatMap(rule -> rule.check(script).stream())).isEmpty();
  }

  @Test
  void theTreeIsReallyRead() {
    assertThat(Tree.files())
        .extracting(SourceFile::path)
        .contains("meikyo", ".ci/run", "pom.xml", "core/pom.xml", "docs/dependencies.md")
        .noneMatch(path -> path.contains("target/"));
  }

  @Test
  void everyPackageSaysWhatItPromises() {
    assertThat(packagesWithoutPromise(Tree.files()))
        .as(
            "Each package has a package-info.java that says what it promises and what it does not"
                + " know, and is @NullMarked.")
        .isEmpty();
  }

  @Test
  void aPackageWithoutPromiseIsFound() {
    SourceFile lonely = new SourceFile("core/src/main/java/a/A.java", HEADER);
    SourceFile empty = new SourceFile("core/src/main/java/b/package-info.java", "package b;");

    assertThat(packagesWithoutPromise(List.of(lonely, empty)))
        .containsExactlyInAnyOrder("core/src/main/java/a", "core/src/main/java/b");
  }

  private static List<String> packagesWithoutPromise(List<SourceFile> files) {
    List<SourceFile> java = files.stream().filter(file -> file.isJava() && file.isMain()).toList();
    List<String> good =
        java.stream()
            .filter(file -> file.path().endsWith("/package-info.java"))
            .filter(file -> file.text().contains("@NullMarked") && file.text().contains("/**"))
            .map(TidyTest::folder)
            .toList();
    return java.stream().map(TidyTest::folder).distinct().filter(p -> !good.contains(p)).toList();
  }

  private static String folder(SourceFile file) {
    return Path.of(file.path()).getParent().toString();
  }

  @Test
  void scriptsCanBeRun() {
    Stream<SourceFile> scripts = Tree.files().stream().filter(f -> f.text().startsWith("#!"));

    assertThat(scripts)
        .as("A file that starts with #! is executable.")
        .isNotEmpty()
        .allMatch(file -> Files.isExecutable(Tree.root().resolve(file.path())));
  }
}
