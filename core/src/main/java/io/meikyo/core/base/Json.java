// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.base;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes maps, lists, text, numbers and truth values as JSON, two spaces deep per level. */
public final class Json {
  private Json() {}

  /** The value as text, over several lines. */
  public static String of(@Nullable Object value) {
    StringBuilder out = new StringBuilder();
    write(value, "\n", out);
    return out.toString();
  }

  /** The value in one line. */
  public static String line(@Nullable Object value) {
    // A line break inside a text is written as an escape, so these are all ours.
    StringBuilder out = new StringBuilder();
    of(value).lines().forEach(line -> out.append(line.strip()));
    return out.toString();
  }

  private static void write(@Nullable Object value, String margin, StringBuilder out) {
    switch (value) {
      case null -> out.append("null");
      case Map<?, ?> map -> object(map, margin, out);
      case List<?> list -> array(list, margin, out);
      case Number number -> out.append(number);
      case Boolean bool -> out.append(bool);
      default -> text(value.toString(), out);
    }
  }

  private static void object(Map<?, ?> map, String margin, StringBuilder out) {
    if (map.isEmpty()) {
      out.append("{}");
      return;
    }
    out.append('{');
    for (Iterator<? extends Map.Entry<?, ?>> i = map.entrySet().iterator(); i.hasNext(); ) {
      Map.Entry<?, ?> entry = i.next();
      out.append(margin).append("  ");
      text(String.valueOf(entry.getKey()), out);
      out.append(": ");
      write(entry.getValue(), margin + "  ", out);
      out.append(i.hasNext() ? "," : margin + "}");
    }
  }

  private static void array(List<?> list, String margin, StringBuilder out) {
    if (list.isEmpty()) {
      out.append("[]");
      return;
    }
    out.append('[');
    for (Iterator<?> i = list.iterator(); i.hasNext(); ) {
      out.append(margin).append("  ");
      write(i.next(), margin + "  ", out);
      out.append(i.hasNext() ? "," : margin + "]");
    }
  }

  private static void text(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ') {
        out.append("\\u00")
            .append(Character.forDigit(c >> 4, 16))
            .append(Character.forDigit(c & 15, 16));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }
}
