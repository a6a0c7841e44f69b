// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.cluster.api.ApiClient;
import io.meikyo.cluster.api.HttpSeam;
import io.meikyo.cluster.api.JsonText;
import io.meikyo.cluster.config.ConfigProblem;
import io.meikyo.cluster.config.ConfigStore;
import io.meikyo.core.notice.Arg;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.Severity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The cluster's configuration, through the cluster service of this server. */
final class ApiConfigStore implements ConfigStore {
  private static final String PATH = "/v1/config";

  private final Supplier<Path> socket;

  /**
   * For a service.
   *
   * @param socket where it listens, asked for with each request
   */
  ApiConfigStore(Supplier<Path> socket) {
    this.socket = socket;
  }

  @Override
  public Optional<Applied> current() throws ConfigProblem {
    Map<String, @Nullable Object> answer = ask("GET", Map.of(), "");
    long version = number(answer.get("version"));
    return version == 0
        ? Optional.empty()
        : Optional.of(new Applied(version, String.valueOf(answer.get("text"))));
  }

  @Override
  public Outcome apply(long expected, String text, boolean force) throws ConfigProblem {
    Map<String, String> query =
        ApiClient.query("expected", Long.toString(expected), "force", force ? "true" : "false");
    Map<String, @Nullable Object> answer = ask("PUT", query, text);
    return new Outcome(
        number(answer.get("version")),
        names(answer.get("delivered")),
        names(answer.get("waiting")),
        names(answer.get("restart")));
  }

  private Map<String, @Nullable Object> ask(String method, Map<String, String> query, String body)
      throws ConfigProblem {
    Path at = socket.get();
    Map<String, @Nullable Object> json;
    HttpSeam.Response response;
    try {
      response = new ApiClient(at).ask(method, PATH, query, body);
      json = JsonText.object(response.json());
    } catch (IOException | IllegalArgumentException e) {
      throw new ConfigProblem(Notice.of(CliNotice.NO_SERVICE, at, String.valueOf(e.getMessage())));
    }
    if (response.status() != HttpSeam.OK) {
      throw new ConfigProblem(refusal(json));
    }
    return json;
  }

  /** The first thing that was said. */
  private static Notice refusal(Map<String, @Nullable Object> json) {
    if (json.get("notices") instanceof List<?> all
        && !all.isEmpty()
        && all.getFirst() instanceof Map<?, ?> n) {
      List<Arg> args = new ArrayList<>();
      if (n.get("args") instanceof Map<?, ?> named) {
        named.forEach(
            (name, value) -> args.add(new Arg(String.valueOf(name), String.valueOf(value))));
      }
      Severity severity = Severity.valueOf(String.valueOf(n.get("severity")));
      return Notice.received(String.valueOf(n.get("code")), severity, args, List.of());
    }
    return Notice.of(CliNotice.UNEXPECTED, json);
  }

  private static long number(@Nullable Object value) {
    return value instanceof Long n ? n : 0;
  }

  private static List<String> names(@Nullable Object value) {
    return value instanceof List<?> all ? all.stream().map(String::valueOf).toList() : List.of();
  }
}
