// SPDX-License-Identifier: Apache-2.0
package io.meikyo.texts;

import io.meikyo.core.notice.Arg;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.Severity;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.MissingResourceException;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;

/**
 * The texts of one language, and what turns a notice into them.
 *
 * <p>Guarantee: never throws at whoever has something to say. A code without text is shown as the
 * code and its arguments. Immutable; any thread may call.
 */
public final class Catalogue {

  private static final ResourceBundle.Control NO_FALLBACK =
      ResourceBundle.Control.getNoFallbackControl(ResourceBundle.Control.FORMAT_PROPERTIES);

  private final ResourceBundle texts;

  private Catalogue(ResourceBundle texts) {
    this.texts = texts;
  }

  public static Catalogue in(Language language) {
    // The root bundle is English. No fallback: the JVM's own locale has no say.
    Locale locale = language == Language.ENGLISH ? Locale.ROOT : language.locale();
    return new Catalogue(ResourceBundle.getBundle("io.meikyo.texts.messages", locale, NO_FALLBACK));
  }

  /** The notice in this language. */
  public Rendered render(Notice notice) {
    String message = part(notice, Part.MESSAGE);
    return new Rendered(
        notice.code(),
        notice.severity(),
        message != null ? message : notice.toString(),
        part(notice, Part.CAUSE),
        part(notice, Part.CORRECTION),
        part(notice, Part.DETAILS),
        notice.subjects());
  }

  /** The notice as lines for a terminal: the message first, then the other parts it has. */
  public List<String> lines(Notice notice) {
    Rendered rendered = render(notice);
    List<String> lines = new ArrayList<>();
    lines.add(label(severityKey(notice.severity())) + rendered.message());
    addPart(lines, "label.cause", rendered.cause());
    addPart(lines, "label.correction", rendered.correction());
    addPart(lines, "label.details", rendered.details());
    if (!rendered.subjects().isEmpty()) {
      List<String> names = rendered.subjects().stream().map(Record::toString).toList();
      addPart(lines, "label.subjects", String.join(", ", names));
    }
    return lines;
  }

  /** A text that is not a notice, such as a label or a line of progress. */
  public String phrase(String key, Arg... args) {
    String template = find(key);
    return template == null ? key : Template.fill(template, List.of(args));
  }

  private void addPart(List<String> lines, String key, @Nullable String text) {
    if (text != null) {
      lines.add("  " + label(key) + text);
    }
  }

  private String label(String key) {
    return phrase(key) + ": ";
  }

  private static String severityKey(Severity severity) {
    return switch (severity) {
      case INFO -> "label.info";
      case WARNING -> "label.warning";
      case ERROR -> "label.error";
    };
  }

  private @Nullable String part(Notice notice, Part part) {
    String template = find(part.keyOf(notice.code()));
    return template == null ? null : Template.fill(template, notice.args());
  }

  private @Nullable String find(String key) {
    try {
      return texts.getString(key);
    } catch (MissingResourceException e) {
      return null;
    }
  }
}
