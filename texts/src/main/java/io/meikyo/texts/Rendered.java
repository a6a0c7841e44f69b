// SPDX-License-Identifier: Apache-2.0
package io.meikyo.texts;

import io.meikyo.core.notice.Severity;
import io.meikyo.core.notice.Subject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A notice in one language, in five parts. Every notice has a message; an error or a warning also
 * has a cause and a correction; details are rare.
 *
 * @param message what was found, in one sentence
 * @param cause why, or why it matters
 * @param correction the next safe command or step
 * @param details figures and background for whoever wants more
 */
public record Rendered(
    String code,
    Severity severity,
    String message,
    @Nullable String cause,
    @Nullable String correction,
    @Nullable String details,
    List<Subject> subjects) {

  public Rendered {
    subjects = List.copyOf(subjects);
  }
}
