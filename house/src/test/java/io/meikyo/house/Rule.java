// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * A house rule over one text file.
 *
 * @param name how the planted samples refer to it
 * @param why the sentence that explains the rule to whoever has broken it
 * @param findings what is wrong in a file, each with its place; empty if all is well
 */
record Rule(
    String name,
    String why,
    Predicate<SourceFile> appliesTo,
    Function<SourceFile, List<String>> findings) {

  /** A rule that no line contains the pattern. */
  static Rule noLineWith(
      Pattern pattern, String name, String why, Predicate<SourceFile> appliesTo) {
    return new Rule(
        name, why, appliesTo, file -> linesWhere(file, line -> pattern.matcher(line).find()));
  }

  List<String> check(SourceFile file) {
    return appliesTo.test(file) ? findings.apply(file) : List.of();
  }

  /** {@code path:line} for each line of which this is true. */
  static List<String> linesWhere(SourceFile file, Predicate<String> bad) {
    List<String> found = new ArrayList<>();
    List<String> lines = file.lines();
    for (int i = 0; i < lines.size(); i++) {
      if (bad.test(lines.get(i))) {
        found.add(file.path() + ":" + (i + 1) + ": " + lines.get(i).strip());
      }
    }
    return found;
  }

  @Override
  public String toString() {
    return name;
  }
}
