// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.control;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Asks a running agent. Blocks; any thread. */
public final class ControlClient {
  /** Takes what arrives before the end. */
  public interface Listener {
    /** A line for people. */
    default void line(String text) {}

    /** A line about what is wrong. */
    default void error(String text) {}

    /** Progress of long work. */
    default void progress(String what, long done, long total) {}

    /** The facts as JSON. */
    default void json(String text) {}
  }

  /**
   * How it ended.
   *
   * @param status exit status; 0: done
   * @param facts facts by name, in their order
   */
  public record Result(int status, Map<String, String> facts) {}

  /** The agent was there, and ended before it had answered. */
  public static final class Lost extends IOException {
    private static final long serialVersionUID = 1;

    Lost(IOException cause) {
      super("the connection ended before the answer", cause);
    }
  }

  /** The agent is there, and says nothing. */
  public static final class Silent extends IOException {
    private static final long serialVersionUID = 1;

    Silent() {
      super("no sign of life for " + SILENCE_SECONDS + " s");
    }
  }

  /** How long an agent that lives is silent at most, s. */
  public static final int SILENCE_SECONDS = 5;

  private ControlClient() {}

  /**
   * Asks, and waits for the end.
   *
   * @param socket the agent's control socket
   * @param language tag of the language for people, {@code en} or {@code ja}
   * @param words command and its words
   * @throws Lost if the agent ended in the middle: nobody knows whether the command was carried out
   * @throws Silent if it hangs
   * @throws IOException if no agent is there
   */
  public static Result ask(Path socket, String language, List<String> words, Listener listener)
      throws IOException {
    try (ControlTalk talk = new ControlTalk(socket)) {
      return talk.ask(language, words, listener);
    }
  }
}
