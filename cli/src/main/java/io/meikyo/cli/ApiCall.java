// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.cluster.api.ApiClient;
import io.meikyo.cluster.api.HttpSeam;
import io.meikyo.cluster.api.JsonText;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** What every command has that asks the cluster service of this server. */
final class ApiCall {
  @Option(
      names = "--socket",
      paramLabel = "PATH",
      defaultValue = "/run/meikyo/cluster.sock",
      description = "Where the cluster service listens. Default: ${DEFAULT-VALUE}.")
  private @Nullable Path socket;

  @Option(names = "--json", description = "Print the answer as JSON.")
  private boolean json;

  boolean json() {
    return json;
  }

  /** Asks, and gives the answer as it came. */
  HttpSeam.Response ask(
      String method, String path, Map<String, String> query, String body, Main main) {
    try {
      return tryToAsk(method, path, query, body, main);
    } catch (IOException e) {
      throw new CommandFailed(
          Notice.of(CliNotice.NO_SERVICE, to(), String.valueOf(e.getMessage())));
    }
  }

  /** Where the service is. */
  Path to() {
    return socket == null ? Path.of("/run/meikyo/cluster.sock") : socket;
  }

  /**
   * Asks, and gives the answer as it came.
   *
   * @throws IOException no service is there, or it ends before it has answered
   */
  HttpSeam.Response tryToAsk(
      String method, String path, Map<String, String> query, String body, Main main)
      throws IOException {
    Map<String, String> all = new LinkedHashMap<>(query);
    all.put("lang", main.languageTag());
    return new ApiClient(to()).ask(method, path, all, body);
  }

  /** Asks for a command and prints what was said; returns the exit status. */
  int order(
      String path,
      Map<String, String> query,
      String body,
      String method,
      Main main,
      CommandSpec spec) {
    HttpSeam.Response answer = ask(method, path, query, body, main);
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    boolean ok = answer.status() == 200;
    if (json) {
      out.println(answer.json());
    } else {
      lines(JsonText.object(answer.json())).forEach((ok ? out : err)::println);
    }
    out.flush();
    err.flush();
    return ok ? 0 : Main.FAILED;
  }

  /** The sentences of an answer. */
  static List<String> lines(Map<String, @Nullable Object> answer) {
    List<String> lines = new java.util.ArrayList<>();
    if (answer.get("notices") instanceof List<?> notices) {
      for (Object n : notices) {
        if (n instanceof Map<?, ?> notice && notice.get("text") instanceof List<?> text) {
          text.forEach(t -> lines.add(String.valueOf(t)));
        }
      }
    }
    return lines;
  }
}
