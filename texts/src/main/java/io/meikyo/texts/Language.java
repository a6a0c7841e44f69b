// SPDX-License-Identifier: Apache-2.0
package io.meikyo.texts;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The languages that Meikyo speaks, and the choice between them. */
public enum Language {
  ENGLISH(Locale.ENGLISH),
  JAPANESE(Locale.JAPANESE);

  private final Locale locale;

  Language(Locale locale) {
    this.locale = locale;
  }

  /** {@code en} or {@code ja}. */
  public String tag() {
    return locale.getLanguage();
  }

  Locale locale() {
    return locale;
  }

  /**
   * The language of {@code --lang}, else that of the environment (LC_ALL, LC_MESSAGES, LANG: the
   * first that is set), else English. Only the start of a value counts: {@code ja_JP.UTF-8} is
   * Japanese.
   */
  public static Language choose(@Nullable String option, Map<String, String> environment) {
    if (option != null && !option.isEmpty()) {
      return startingLike(option);
    }
    for (String name : new String[] {"LC_ALL", "LC_MESSAGES", "LANG"}) {
      String value = environment.get(name);
      if (value != null && !value.isEmpty()) {
        return startingLike(value);
      }
    }
    return ENGLISH;
  }

  private static Language startingLike(String value) {
    String lower = value.toLowerCase(Locale.ROOT);
    return lower.equals("ja") || lower.startsWith("ja_") || lower.startsWith("ja-")
        ? JAPANESE
        : ENGLISH;
  }
}
