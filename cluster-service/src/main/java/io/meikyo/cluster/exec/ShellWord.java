// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.exec;

/** A text as one word of a line for the shell. */
public final class ShellWord {
  private ShellWord() {}

  /** The word: {@code it's} becomes {@code 'it'\''s'}. */
  public static String of(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }
}
