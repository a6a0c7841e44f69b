// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** What must hold for the documents. */
final class Documents {

  private static final Pattern LINK = Pattern.compile("\\[[^\\]]*]\\(([^)\\s]+)\\)");
  private static final Pattern FENCED = Pattern.compile("(?ms)^```.*?^```");
  private static final Pattern OUTSIDE = Pattern.compile("^[a-z]+:.*");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ +(.+)$");

  private Documents() {}

  /** Relative links of a document that lead nowhere: to no file, or to no heading of it. */
  static List<String> deadLinks(SourceFile document, Path root) {
    List<String> found = new ArrayList<>();
    Path folder = root.resolve(document.path()).getParent();
    String prose = FENCED.matcher(document.text()).replaceAll("");
    LINK.matcher(prose)
        .results()
        .map(link -> link.group(1))
        .filter(target -> !OUTSIDE.matcher(target).matches())
        .filter(target -> isDead(target, document, folder))
        .forEach(target -> found.add(document.path() + " -> " + target));
    return found;
  }

  private static boolean isDead(String target, SourceFile document, Path folder) {
    int hash = target.indexOf('#');
    String path = hash < 0 ? target : target.substring(0, hash);
    Path file = folder.resolve(path).normalize();
    if (!path.isEmpty() && !Files.exists(file)) {
      return true;
    }
    boolean isDocument = path.isEmpty() || path.endsWith(".md");
    if (hash < 0 || !isDocument) {
      return false;
    }
    String text =
        path.isEmpty() ? document.text() : Tree.read(Tree.root().relativize(file).toString());
    return !anchors(text).contains(target.substring(hash + 1));
  }

  /** The anchors that the usual renderers make from headings. */
  static List<String> anchors(String markdown) {
    return HEADING
        .matcher(FENCED.matcher(markdown).replaceAll(""))
        .results()
        .map(heading -> heading.group(1).strip().toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^\\p{L}\\p{N}_ -]", "").replace(' ', '-'))
        .toList();
  }

  /** The coordinates in the first column of the tables of docs/dependencies.md. */
  static List<String> listedDependencies(String document) {
    return Pattern.compile("(?m)^\\| `([^`:]+:[^`:]+)`")
        .matcher(document)
        .results()
        .map(row -> row.group(1))
        .toList();
  }
}
