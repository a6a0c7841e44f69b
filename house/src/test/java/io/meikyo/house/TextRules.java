// SPDX-License-Identifier: Apache-2.0
package io.meikyo.house;

import io.meikyo.core.notice.NoticeCode;
import io.meikyo.core.notice.Severity;
import io.meikyo.texts.Part;
import io.meikyo.texts.Template;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What must hold between the codes in the sources and the texts of each language. */
final class TextRules {

  private TextRules() {}

  /** Keys and texts of a bundle; a key that is there twice is a finding. */
  static Map<String, String> parse(String properties, List<String> findings) {
    Map<String, String> texts = new TreeMap<>();
    for (String line : properties.lines().toList()) {
      int equals = line.indexOf('=');
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      if (equals < 0 || line.endsWith("\\")) {
        findings.add("not of the form key = text on one line: " + line);
        continue;
      }
      String key = line.substring(0, equals).strip();
      if (texts.put(key, line.substring(equals + 1).strip()) != null) {
        findings.add("there twice: " + key);
      }
    }
    return texts;
  }

  /** Where two languages do not say the same. */
  static List<String> differences(Map<String, String> english, Map<String, String> other) {
    List<String> found = new ArrayList<>();
    Set<String> keys = new TreeSet<>(english.keySet());
    keys.addAll(other.keySet());
    for (String key : keys) {
      if (!english.containsKey(key) || !other.containsKey(key)) {
        found.add(key + " is in one language only");
        continue;
      }
      Set<String> gaps = new TreeSet<>(Template.gaps(english.get(key)));
      Set<String> otherGaps = new TreeSet<>(Template.gaps(other.get(key)));
      if (!gaps.equals(otherGaps)) {
        found.add(key + " has the gaps " + gaps + " and " + otherGaps);
      }
    }
    return found;
  }

  /** Codes that lack a text, and texts that lack a code or a use. */
  static List<String> mismatches(
      Map<String, String> texts, List<NoticeCode> codes, String sources) {
    List<String> found = new ArrayList<>();
    Set<String> known = new TreeSet<>();
    for (NoticeCode code : codes) {
      if (!code.key().matches("[a-z][a-z0-9-]*(\\.[a-z0-9-]+)+")) {
        found.add(code.key() + " is not of lower-case words with dots between them");
      }
      for (Part part : Part.values()) {
        String key = part.keyOf(code.key());
        if (!known.add(key)) {
          found.add(code.key() + " is the key of two codes");
        }
        String text = texts.get(key);
        if (text == null) {
          if (isDemanded(part, code.severity())) {
            found.add(key + " is missing");
          }
        } else if (!code.argNames().containsAll(Template.gaps(text))) {
          found.add(key + " has a gap that is none of the arguments " + code.argNames());
        }
      }
    }
    texts.keySet().stream()
        .filter(key -> !known.contains(key) && !sources.contains('"' + key + '"'))
        .forEach(key -> found.add(key + " is the text of no code and no phrase"));
    return found;
  }

  private static boolean isDemanded(Part part, Severity severity) {
    return switch (part) {
      case MESSAGE -> true;
      case CAUSE, CORRECTION -> severity != Severity.INFO;
      case DETAILS -> false;
    };
  }

  /** Every code of the sources: the constants of the enums that implement NoticeCode. */
  static List<NoticeCode> codes() {
    return Classes.ours().stream()
        .filter(type -> type.isAssignableTo(NoticeCode.class) && type.isEnum())
        .flatMap(type -> List.of(type.reflect().getEnumConstants()).stream())
        .map(NoticeCode.class::cast)
        .toList();
  }

  static String mainSources() {
    return Tree.files(".java")
        .filter(SourceFile::isMain)
        .map(SourceFile::text)
        .collect(Collectors.joining());
  }
}
