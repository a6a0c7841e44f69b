// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.config;

import io.meikyo.core.cluster.config.form.Position;
import org.jspecify.annotations.Nullable;

/**
 * A text that is known to be TOML, to be changed at single places. It finds where a value begins
 * and ends, and nothing more; whoever changes it reads the outcome again.
 */
final class TomlText {
  private final String text;

  TomlText(String text) {
    this.text = text;
  }

  /** The text with another value behind a key; null if the key cannot be found there. */
  @Nullable String withValue(Position key, String value) {
    int start = valueStart(key);
    return start < 0 ? null : text.substring(0, start) + value + text.substring(valueEnd(start));
  }

  /** The text with one more line behind the one where a key's value ends. */
  @Nullable String withLineAfterValue(Position key, String line) {
    int start = valueStart(key);
    return start < 0 ? null : withLineAt(valueEnd(start), line, indentOf(key));
  }

  /** The text with one more line behind this one. */
  String withLineAfter(Position header, String line) {
    return withLineAt(offset(header), line, indentOf(header));
  }

  /** The text with a table of one line at its end. */
  String withTableAtEnd(String header, String line) {
    String end = lineEnding();
    String gap = text.isEmpty() ? "" : text.endsWith("\n") ? end : end + end;
    return text + gap + "[" + header + "]" + end + line + end;
  }

  private String withLineAt(int offset, String line, String indent) {
    int end = text.indexOf('\n', offset);
    return end < 0
        ? text + lineEnding() + indent + line + lineEnding()
        : text.substring(0, end + 1) + indent + line + lineEnding() + text.substring(end + 1);
  }

  private String lineEnding() {
    return text.contains("\r\n") ? "\r\n" : "\n";
  }

  private String indentOf(Position at) {
    int lineStart = offset(new Position(at.line(), 1));
    int end = lineStart;
    while (end < text.length() && (text.charAt(end) == ' ' || text.charAt(end) == '\t')) {
      end++;
    }
    return text.substring(lineStart, end);
  }

  /** Columns count characters, not the halves of those that need two in a String. */
  private int offset(Position at) {
    int line = 1;
    int offset = 0;
    while (line < at.line()) {
      int end = text.indexOf('\n', offset);
      if (end < 0) {
        return text.length();
      }
      offset = end + 1;
      line++;
    }
    int left = Math.min(at.column() - 1, text.codePointCount(offset, text.length()));
    return text.offsetByCodePoints(offset, left);
  }

  /** Where the value of a key begins: behind the next equals sign that is in no quotes; or -1. */
  private int valueStart(Position key) {
    int i = offset(key);
    while (i < text.length() && text.charAt(i) != '=' && text.charAt(i) != '\n') {
      char c = text.charAt(i);
      i = c == '"' || c == '\'' ? stringEnd(i) : i + 1;
    }
    if (i >= text.length() || text.charAt(i) != '=') {
      return -1;
    }
    i++;
    while (i < text.length() && (text.charAt(i) == ' ' || text.charAt(i) == '\t')) {
      i++;
    }
    return i;
  }

  private int valueEnd(int start) {
    char first = start < text.length() ? text.charAt(start) : '\n';
    if (first == '"' || first == '\'') {
      return stringEnd(start);
    }
    return first == '[' || first == '{' ? bracketEnd(start) : wordEnd(start);
  }

  private int wordEnd(int start) {
    int i = start;
    while (i < text.length() && " \t\r\n,]}#".indexOf(text.charAt(i)) < 0) {
      i++;
    }
    return i;
  }

  private int bracketEnd(int start) {
    int depth = 0;
    int i = start;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (c == '"' || c == '\'') {
        i = stringEnd(i);
        continue;
      }
      if (c == '#') {
        int end = text.indexOf('\n', i);
        i = end < 0 ? text.length() : end;
        continue;
      }
      depth += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
      i++;
      if (depth == 0) {
        return i;
      }
    }
    return i;
  }

  /** Behind the closing quotes of a string of any of the four sorts. */
  private int stringEnd(int start) {
    char quote = text.charAt(start);
    String three = String.valueOf(quote).repeat(3);
    boolean longOne = text.startsWith(three, start);
    int i = start + (longOne ? 3 : 1);
    while (i < text.length()) {
      if (quote == '"' && text.charAt(i) == '\\') {
        i += 2;
      } else if (longOne && text.startsWith(three, i)) {
        i += 3;
        // Up to two quotes may stand right before the closing ones.
        while (i < text.length() && text.charAt(i) == quote) {
          i++;
        }
        return i;
      } else if (!longOne && text.charAt(i) == quote) {
        return i + 1;
      } else {
        i++;
      }
    }
    return Math.min(i, text.length());
  }
}
