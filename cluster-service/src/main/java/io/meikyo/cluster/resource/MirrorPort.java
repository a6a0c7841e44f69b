// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import io.meikyo.cluster.exec.Limit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The way to the mirror agent of this server. Any thread. */
public interface MirrorPort {
  /** How a question ended. */
  enum Kind {
    /** It was answered; the status counts. */
    ANSWERED,
    /** No agent listens. */
    NO_AGENT,
    /** The agent ended in the middle: nobody knows whether it was carried out. */
    LOST,
    /** The agent is there and says nothing. */
    SILENT,
    /** The limit was over first: nobody knows whether it is carried out. */
    OVER
  }

  /**
   * An answer.
   *
   * @param status 0: done
   * @param facts by name, as {@code meikyo mirror --json status} has them, names with dots
   * @param said the sentences, in one line
   */
  record Answer(Kind kind, int status, Map<String, String> facts, String said) {
    /** True if it was done. */
    public boolean ok() {
      return kind == Kind.ANSWERED && status == 0;
    }

    /** A fact; empty if it is not among them. */
    public String fact(String name) {
      return facts.getOrDefault(name, "");
    }
  }

  /**
   * Asks; the answer comes at the latest when the limit is over.
   *
   * @param words the command and its words, {@code mirror.activate md1 wait=30}
   */
  CompletableFuture<Answer> ask(List<String> words, Limit limit);

  /** Where the agent is, for people. */
  String place();
}
