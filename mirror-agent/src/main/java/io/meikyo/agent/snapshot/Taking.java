// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import java.util.function.Consumer;

/**
 * A snapshot that is being taken: nothing may change the disk until it stands. Answered once. For
 * the loop's thread.
 */
final class Taking {
  private final Consumer<Boolean> answer;
  private boolean spoiled;
  private boolean answered;

  Taking(Consumer<Boolean> answer) {
    this.answer = answer;
  }

  /** What is taken now is of another instant. */
  void spoil() {
    spoiled = true;
  }

  boolean isSpoiled() {
    return spoiled;
  }

  boolean isAnswered() {
    return answered;
  }

  /** Whether it stands; what comes later does not count. */
  void answer(boolean stands) {
    if (!answered) {
      answered = true;
      answer.accept(stands);
    }
  }
}
