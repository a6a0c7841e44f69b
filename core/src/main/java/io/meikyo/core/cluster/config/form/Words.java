// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Words: what they are made of, and which known one a mistyped one was meant to be. */
public final class Words {
  private static final int WORD_CHARACTERS_MAX = 64;

  private Words() {}

  /** Whether a text has at most {@code max} characters: ASCII letters, digits, and some others. */
  static boolean made(String text, int max, String others) {
    return !text.isEmpty()
        && text.length() <= max
        && text.chars().allMatch(c -> isPlain((char) c) || others.indexOf(c) >= 0);
  }

  /** Whether a text starts with an ASCII letter or digit. */
  static boolean startsPlain(String text) {
    return !text.isEmpty() && isPlain(text.charAt(0));
  }

  private static boolean isPlain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }

  /**
   * The known word that is nearest to a mistyped one, if it is near: at most every third character
   * added, left out, changed or exchanged with its neighbour. Upper and lower case count as equal.
   */
  public static @Nullable String nearest(String word, Collection<String> known) {
    if (word.length() > WORD_CHARACTERS_MAX) {
      return null;
    }
    String lower = word.toLowerCase(Locale.ROOT);
    String best = null;
    int bestDistance = Math.max(1, word.length() / 3) + 1;
    for (String candidate : known) {
      int distance = distance(lower, candidate.toLowerCase(Locale.ROOT));
      if (distance < bestDistance) {
        bestDistance = distance;
        best = candidate;
      }
    }
    return best;
  }

  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        d[i][j] = i == 0 ? j : j == 0 ? i : cell(a, b, d, i, j);
      }
    }
    return d[a.length()][b.length()];
  }

  private static int cell(String a, String b, int[][] d, int i, int j) {
    int changed = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
    int best = Math.min(changed, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
    boolean exchanged =
        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
    return exchanged ? Math.min(best, d[i - 2][j - 2] + 1) : best;
  }
}
