// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house;

import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The rules that hold for every text file of the tree. To add one: here, and a sample in TidyTest.
 */
final class TidyRules {

  static final int LINES_MAX = 600;
  static final int COLUMNS_MAX = 100;

  private static final String LICENCE = "SPDX-License-Identifier: Apache-2.0";

  static final List<Rule> ALL =
      List.of(
          new Rule(
              "licence",
              "A file that is copied alone must still tell its licence: the first line (the second"
                  + " after #! or <?xml) is the comment \""
                  + LICENCE
                  + "\".",
              file ->
                  file.isJava()
                      || file.isScript()
                      || file.path().endsWith(".properties")
                      || file.path().endsWith(".xml"),
              TidyRules::withoutLicence),
          new Rule(
              "length",
              "A file is one idea and fits in a head: at most "
                  + LINES_MAX
                  + " lines. Split it along the idea, not along the line count.",
              file -> file.isJava() || file.isScript(),
              file ->
                  file.lines().size() <= LINES_MAX
                      ? List.of()
                      : List.of(file.path() + ": " + file.lines().size() + " lines")),
          Rule.noLineWith(
              Pattern.compile("\t"),
              "tab",
              "A tab is as wide as each reader's editor likes; indent with spaces.",
              file -> true),
          new Rule(
              "columns",
              "Two files fit beside each other at "
                  + COLUMNS_MAX
                  + " columns. Exempt: lines with a string or an address.",
              SourceFile::isJava,
              file -> Rule.linesWhere(file, TidyRules::tooWide)),
          Rule.noLineWith(
              Pattern.compile("\\b(T[O]DO|FIX[M]E|X[X]X)\\b"),
              "unfinished",
              "What is not finished is not hidden in a comment: finish it, or write it where plans"
                  + " are kept.",
              file -> true),
          Rule.noLineWith(
              Pattern.compile("\\bThread\\s*\\.\\s*sleep\\b"),
              "sleep",
              "A sleep is a guess about time: too short on a slow machine, too long on a fast one."
                  + " Wait for the event, with a deadline. (Exempt: the one class of the lab that asks"
                  + " other processes again and again, with a deadline, and lets a load run.)",
              outside("lab/src/main/java/io/meikyo/lab/Wait.java").and(SourceFile::isJava)),
          Rule.noLineWith(
              Pattern.compile("\\bSystem\\s*\\.\\s*out\\b"),
              "print",
              "Only the command line prints; everybody else returns a value or a Notice.",
              outside("cli/").and(SourceFile::isJava)),
          Rule.noLineWith(
              Pattern.compile("@Disabl[e]d\\b"),
              "disabled",
              "A test that does not run proves nothing and looks as if it did. Repair or remove it;"
                  + " use an assumption with its reason where the machine lacks something.",
              SourceFile::isJava));

  private TidyRules() {}

  private static Predicate<SourceFile> outside(String folder) {
    return file -> !file.path().startsWith(folder);
  }

  private static List<String> withoutLicence(SourceFile file) {
    List<String> lines = file.lines();
    int at =
        !lines.isEmpty() && (lines.getFirst().startsWith("#!") || lines.getFirst().startsWith("<?"))
            ? 1
            : 0;
    boolean there =
        lines.size() > at && lines.get(at).matches("(//|#|<!--) \\Q" + LICENCE + "\\E( -->)?");
    return there ? List.of() : List.of(file.path());
  }

  private static boolean tooWide(String line) {
    return line.length() > COLUMNS_MAX && !line.contains("\"") && !line.contains("://");
  }
}
