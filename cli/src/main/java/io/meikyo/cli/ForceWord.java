// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.cluster.api.ApiClient;
import io.meikyo.cluster.api.HttpSeam;
import io.meikyo.cluster.api.JsonText;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The operator's word that a replica may lead though it is not in sync, where a cluster service
 * decides about that: it must stand in the replicated state before the mirror agent asks for the
 * role, or the agent asks in vain until its time is over.
 */
final class ForceWord {
  private static final String SERVICE = "cluster.sock";

  private final Path service;
  private final String language;

  /**
   * For the mirror agent that listens here.
   *
   * @param agent its control socket; the cluster service of the same server listens beside it
   */
  ForceWord(Path agent, String language) {
    this.service = agent.resolveSibling(SERVICE);
    this.language = language;
  }

  /**
   * Gives it, if there is a cluster service that knows the mirror disk. Blocks until it is decided.
   *
   * @return why it was not taken; empty if it was, or if nobody but the agent decides
   * @throws CommandFailed a service is there, and ends before it has answered
   */
  List<String> give(String mirror, String by) {
    if (!Files.exists(service)) {
      return List.of();
    }
    Map<String, @Nullable Object> status = JsonText.object(ask("GET", "/v1/status").json());
    if (!knows(status.get("mirrors"), mirror)) {
      return List.of();
    }
    HttpSeam.Response answer =
        ask(
            "POST",
            "/v1/mirrors/" + mirror + "/force",
            "server",
            String.valueOf(status.get("server")),
            "by",
            by);
    return answer.status() == 200 ? List.of() : ApiCall.lines(JsonText.object(answer.json()));
  }

  private static boolean knows(@Nullable Object mirrors, String name) {
    return mirrors instanceof List<?> all
        && all.stream().anyMatch(m -> m instanceof Map<?, ?> one && name.equals(one.get("name")));
  }

  private HttpSeam.Response ask(String method, String path, String... query) {
    Map<String, String> all = new LinkedHashMap<>(ApiClient.query(query));
    all.put("lang", language);
    try {
      return new ApiClient(service).ask(method, path, all, "");
    } catch (IOException e) {
      throw new CommandFailed(
          Notice.of(CliNotice.NO_SERVICE, service, String.valueOf(e.getMessage())));
    }
  }
}
