// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.agent.control.ControlClient;
import io.meikyo.cli.clp.Clp;
import io.meikyo.cli.clp.ClpContext;
import io.meikyo.cluster.api.ApiClient;
import io.meikyo.texts.Language;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Where the {@code clp*} commands come in: they find the sockets of this server by themselves. */
final class ClpDoor {
  private static final String SERVICE = "/run/meikyo/cluster.sock";
  private static final String AGENT = "/run/meikyo/agent.sock";
  private static final long STEP_MILLIS = 100;
  private static final long WAIT_NANOS = 600_000_000_000L;

  private ClpDoor() {}

  static int run(String[] words, Map<String, String> environment) {
    Path service = Path.of(environment.getOrDefault("MEIKYO_SERVICE", SERVICE));
    Path agent = Path.of(environment.getOrDefault(MirrorCommand.SOCKET_VARIABLE, AGENT));
    String language = Language.choose(null, environment).tag();
    ApiClient client = new ApiClient(service);
    ClpContext context =
        new ClpContext(
            r -> client.ask(r.method(), r.path(), r.query(), r.body()),
            (order, errors) -> ask(agent, language, order, errors),
            new PrintWriter(System.out, true, StandardCharsets.UTF_8),
            new PrintWriter(System.err, true, StandardCharsets.UTF_8),
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)),
            language,
            Path.of(environment.getOrDefault(StateFolder.VARIABLE, "/var/lib/meikyo")),
            pause());
    return Clp.run(words, context);
  }

  private static int ask(Path agent, String language, List<String> words, List<String> errors)
      throws IOException {
    return ControlClient.ask(
            agent,
            language,
            words,
            new ControlClient.Listener() {
              @Override
              public void error(String text) {
                errors.add(text);
              }
            })
        .status();
  }

  /** A moment between two looks, ten minutes in all. */
  private static BooleanSupplier pause() {
    CountDownLatch never = new CountDownLatch(1);
    long until = System.nanoTime() + WAIT_NANOS;
    return () -> {
      try {
        return !never.await(STEP_MILLIS, TimeUnit.MILLISECONDS) && System.nanoTime() < until;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    };
  }
}
