// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.contract;

import io.meikyo.core.consensus.Outcome;
import java.util.ArrayList;
import java.util.List;

/** Something asked of a log, and what was answered. Any thread. */
final class Ask {
  private final String text;
  private final List<Outcome> answers = new ArrayList<>();

  Ask(String text) {
    this.text = text;
  }

  String text() {
    return text;
  }

  synchronized void answer(Outcome outcome) {
    answers.add(outcome);
  }

  synchronized boolean isAnswered() {
    return !answers.isEmpty();
  }

  synchronized List<Outcome> answers() {
    return List.copyOf(answers);
  }

  synchronized Outcome outcome() {
    return answers.getFirst();
  }

  boolean isApplied() {
    return isAnswered() && outcome() instanceof Outcome.Applied;
  }

  @Override
  public String toString() {
    return text + " → " + answers();
  }
}
