// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

/** Text and keys as TOML writes them. */
public final class Toml {
  private Toml() {}

  /** A basic string. */
  public static String text(String value) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < ' ' || c == 0x7f) {
            out.append("\\u00")
                .append(Character.forDigit(c >> 4, 16))
                .append(Character.forDigit(c & 15, 16));
          } else {
            out.append(c);
          }
        }
      }
    }
    return out.append('"').toString();
  }

  /** A key, in quotes only where it needs them. */
  public static String key(String key) {
    return Words.made(key, Integer.MAX_VALUE, "_-") ? key : text(key);
  }
}
