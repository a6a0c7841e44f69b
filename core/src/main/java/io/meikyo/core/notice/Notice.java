// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.notice;

import java.util.ArrayList;
import java.util.List;

/**
 * One message to a person, before it is put into a language: the same value in a log, an API
 * answer, the command line and the console.
 *
 * <p>Guarantee: immutable, equal by value, and complete in itself. A receiver of another version,
 * which does not know the code, can still show code and arguments.
 *
 * @param code the {@link NoticeCode#key()}
 * @param args the named arguments of the text, in the order of the code
 * @param subjects what it is about, most specific first; may be empty
 */
public record Notice(String code, Severity severity, List<Arg> args, List<Subject> subjects) {

  public Notice {
    args = List.copyOf(args);
    subjects = List.copyOf(subjects);
  }

  /**
   * A notice of this code. Each value is turned into text by {@link String#valueOf(Object)}.
   *
   * @throws IllegalArgumentException if the number of values is not the code's number of arguments
   */
  public static Notice of(NoticeCode code, Object... values) {
    List<String> names = code.argNames();
    if (names.size() != values.length) {
      throw new IllegalArgumentException(
          code.key() + " takes " + names + " and was given " + values.length + " values");
    }
    List<Arg> args = new ArrayList<>(values.length);
    for (int i = 0; i < values.length; i++) {
      args.add(new Arg(names.get(i), String.valueOf(values[i])));
    }
    return new Notice(code.key(), code.severity(), args, List.of());
  }

  /**
   * A notice that another process made, perhaps of another version: its code may be unknown here,
   * and is shown with its arguments then.
   */
  public static Notice received(
      String code, Severity severity, List<Arg> args, List<Subject> subjects) {
    return new Notice(code, severity, args, subjects);
  }

  /** The same notice with one more subject. */
  public Notice about(String kind, String name) {
    List<Subject> more = new ArrayList<>(subjects);
    more.add(new Subject(kind, name));
    return new Notice(code, severity, args, more);
  }

  /** The form without a language: {@code partition.superblock.torn (copy=2) [mirror md1]}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(code);
    if (!args.isEmpty()) {
      text.append(" (").append(joined(args)).append(')');
    }
    if (!subjects.isEmpty()) {
      text.append(" [").append(joined(subjects)).append(']');
    }
    return text.toString();
  }

  private static String joined(List<? extends Record> parts) {
    return String.join(", ", parts.stream().map(Record::toString).toList());
  }
}
