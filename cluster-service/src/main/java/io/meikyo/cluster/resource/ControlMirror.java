// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import io.meikyo.agent.control.ControlClient;
import io.meikyo.cluster.exec.Limit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Over the agent's control socket. Each question has a connection and a thread of its own. */
public final class ControlMirror implements MirrorPort {
  private final Path socket;
  private final String language;

  /**
   * Nothing is connected yet.
   *
   * @param language in which the agent's sentences come, {@code en} or {@code ja}
   */
  public ControlMirror(Path socket, String language) {
    this.socket = socket;
    this.language = language;
  }

  @Override
  public String place() {
    return socket.toString();
  }

  @Override
  public CompletableFuture<Answer> ask(List<String> words, Limit limit) {
    CompletableFuture<Answer> end = new CompletableFuture<>();
    // The connection ends with an interrupt of the thread that waits on it.
    Thread asks =
        Thread.ofPlatform()
            .daemon()
            .name("ask-" + words.getFirst())
            .start(() -> end.complete(asked(words)));
    var _ =
        end.completeOnTimeout(
                new Answer(Kind.OVER, -1, Map.of(), ""),
                Math.max(1, limit.leftMillis()),
                TimeUnit.MILLISECONDS)
            .whenComplete((answer, _) -> {
              if (answer.kind() == Kind.OVER) {
                asks.interrupt();
              }
            });
    return end;
  }

  private Answer asked(List<String> words) {
    List<String> said = new ArrayList<>();
    try {
      ControlClient.Result result =
          ControlClient.ask(
              socket,
              language,
              words,
              new ControlClient.Listener() {
                @Override
                public void line(String text) {
                  said.add(text.strip());
                }

                @Override
                public void error(String text) {
                  said.add(text.strip());
                }
              });
      return new Answer(Kind.ANSWERED, result.status(), result.facts(), String.join("; ", said));
    } catch (ControlClient.Silent e) {
      return new Answer(Kind.SILENT, -1, Map.of(), String.valueOf(e.getMessage()));
    } catch (ControlClient.Lost e) {
      return new Answer(Kind.LOST, -1, Map.of(), String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return new Answer(Kind.NO_AGENT, -1, Map.of(), String.valueOf(e.getMessage()));
    }
  }
}
