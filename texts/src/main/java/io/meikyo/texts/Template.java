// SPDX-License-Identifier: Apache-2.0
package io.meikyo.texts;

import io.meikyo.core.notice.Arg;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text with named gaps: <code>{partition} holds {size} bytes</code>.
 *
 * <p>Design note: not {@link java.text.MessageFormat}, which numbers its gaps (a translator cannot
 * see what they are), treats apostrophes specially and writes 1,000 for 1000.
 */
public final class Template {

  private static final Pattern GAP = Pattern.compile("\\{([a-z][a-zA-Z0-9]*)}");

  private Template() {}

  /**
   * Fills the gaps. A gap without an argument stays as it is; an argument without gap is unused.
   */
  public static String fill(String template, List<Arg> args) {
    return GAP.matcher(template)
        .replaceAll(gap -> Matcher.quoteReplacement(valueOf(gap.group(1), gap.group(), args)));
  }

  /** The names of the gaps, in order of appearance. */
  public static Set<String> gaps(String template) {
    Set<String> names = new LinkedHashSet<>();
    Matcher gap = GAP.matcher(template);
    while (gap.find()) {
      names.add(gap.group(1));
    }
    return names;
  }

  private static String valueOf(String name, String otherwise, List<Arg> args) {
    for (Arg arg : args) {
      if (arg.name().equals(name)) {
        return arg.value();
      }
    }
    return otherwise;
  }
}
