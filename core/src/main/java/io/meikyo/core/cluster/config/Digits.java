// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config;

/** ASCII letters and digits; what other scripts have counts as neither. */
final class Digits {
  private Digits() {}

  static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  static boolean hasLetter(String text) {
    return text.chars().anyMatch(c -> isLetter((char) c));
  }

  /** A number of at most 9 digits without sign and leading zero; -1 if it is none or too large. */
  static int number(String text, int max) {
    if (text.isEmpty() || text.length() > 9 || (text.length() > 1 && text.charAt(0) == '0')) {
      return -1;
    }
    for (int i = 0; i < text.length(); i++) {
      if (!isDigit(text.charAt(i))) {
        return -1;
      }
    }
    int number = Integer.parseInt(text);
    return number > max ? -1 : number;
  }
}
