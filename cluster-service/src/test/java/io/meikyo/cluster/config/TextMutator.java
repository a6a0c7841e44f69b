// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Does to a text what tired fingers and broken editors do to it. */
final class TextMutator {
  private static final List<String> TOKENS =
      List.of(
          "\"",
          "'",
          "\"\"\"",
          "[",
          "]",
          "[[",
          "]]",
          "{",
          "}",
          "=",
          ",",
          ".",
          "#",
          "\n",
          "\r\n",
          "\t",
          " ",
          "\\",
          "\u0000",
          "\ufeff",
          "明",
          "\ud83d\ude00",
          "\ud800",
          "0",
          "-1",
          "1.5",
          "inf",
          "99999999999999999999",
          "true",
          "false",
          "1979-05-27",
          "07:32:00",
          "\"\"",
          "[]",
          "{}",
          "\"30s\"",
          "\"0s\"",
          "\"1GiB\"",
          "\"server1\"",
          "\"server9\"",
          "\"10.77.0.9\"",
          "\"::1\"",
          "\"10.77.0.9/24\"",
          "\"auto\"",
          "\"none\"",
          "kind = \"ping\"",
          "name = \"x\"",
          "[[server]]",
          "[[group]]",
          "[[group.resource]]",
          "[[mirror.replica]]",
          "[witness]",
          "[timing]",
          "[server]",
          "[[timing]]",
          "group.resource = 1",
          "a.b.c = 1");

  private final Random random;

  TextMutator(Random random) {
    this.random = random;
  }

  String mutated(String text) {
    String result = text;
    for (int n = 1 + random.nextInt(random.nextInt(10) == 0 ? 20 : 2); n > 0; n--) {
      result = once(result);
    }
    return result;
  }

  private String once(String text) {
    return switch (random.nextInt(10)) {
      case 0 -> cut(text, 1 + random.nextInt(3));
      case 1 -> insert(text, any(TOKENS));
      case 2 -> insert(text, String.valueOf((char) random.nextInt(0x250)));
      case 3 -> cut(text, random.nextInt(200));
      case 4 -> lines(text, false);
      case 5 -> lines(text, true);
      case 6, 7 -> value(text);
      case 8 -> swapped(text);
      default -> text.substring(0, random.nextInt(text.length() + 1));
    };
  }

  private <T> T any(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  private String cut(String text, int length) {
    int at = random.nextInt(text.length() + 1);
    return text.substring(0, at) + text.substring(Math.min(text.length(), at + length));
  }

  private String insert(String text, String more) {
    int at = random.nextInt(text.length() + 1);
    return text.substring(0, at) + more + text.substring(at);
  }

  /** One line again somewhere else, or away. */
  private String lines(String text, boolean again) {
    List<String> lines = new ArrayList<>(List.of(text.split("\n", -1)));
    String line = again ? any(lines) : lines.remove(random.nextInt(lines.size()));
    if (again) {
      lines.add(random.nextInt(lines.size() + 1), line);
    } else if (random.nextBoolean()) {
      lines.add(random.nextInt(lines.size() + 1), line);
    }
    return String.join("\n", lines);
  }

  /** Another value behind some key: a token, or the value of another key. */
  private String value(String text) {
    List<String> lines = new ArrayList<>(List.of(text.split("\n", -1)));
    List<Integer> keys = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).contains(" = ")) {
        keys.add(i);
      }
    }
    if (keys.isEmpty()) {
      return insert(text, "a = 1\n");
    }
    int i = any(keys);
    String key = lines.get(i).substring(0, lines.get(i).indexOf(" = ") + 3);
    String from = lines.get(any(keys));
    String value = random.nextBoolean() ? any(TOKENS) : from.substring(from.indexOf(" = ") + 3);
    lines.set(i, key + value);
    return String.join("\n", lines);
  }

  private String swapped(String text) {
    List<String> parts = new ArrayList<>(List.of(text.split("\n\n", -1)));
    Collections.swap(parts, random.nextInt(parts.size()), random.nextInt(parts.size()));
    return String.join("\n\n", parts);
  }
}
