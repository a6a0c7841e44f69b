// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import io.meikyo.cluster.api.HttpSeam.Response;
import io.meikyo.cluster.config.ConfigReader;
import io.meikyo.cluster.config.ConfigReading;
import io.meikyo.cluster.node.NodeDriver;
import io.meikyo.core.base.Json;
import io.meikyo.core.cluster.ClusterNotice;
import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.Command;
import io.meikyo.core.cluster.ConfigState;
import io.meikyo.core.cluster.Health;
import io.meikyo.core.cluster.MemberRole;
import io.meikyo.core.cluster.Pulse;
import io.meikyo.core.cluster.ServerState;
import io.meikyo.core.cluster.Verdict;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.diff.ConfigChange;
import io.meikyo.core.cluster.config.diff.ConfigDiff;
import io.meikyo.core.notice.Notice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Puts a configuration in force, on all servers or on none. Any thread. */
public final class Applying {
  private static final long ANSWER_SECONDS = 10;
  private static final long APPLY_NANOS = 10_000_000_000L;

  /** Who goes by other times than those that are applied takes nothing of it, and is asked why. */
  private static final long TIMES_NANOS = 2_000_000_000L;

  private static final long STATUS_SECONDS = 3;

  private final String self;
  private final NodeDriver node;
  private final ApiRoutes.Site site;

  Applying(String self, NodeDriver node, ApiRoutes.Site site) {
    this.self = self;
    this.node = node;
    this.site = site;
  }

  Response put(Call c) throws InterruptedException, ExecutionException, TimeoutException {
    ConfigReading reading = ConfigReader.read("meikyo.toml", c.request().body());
    if (reading.hasErrors()) {
      return c.said(Call.BAD, false, reading.notices());
    }
    NodeDriver.View view = node.view();
    List<String> away = new ArrayList<>();
    for (ServerState s : view.state().servers().values()) {
      boolean server = s.role() == MemberRole.SERVER;
      if (server && view.health().get(s.name()) != Health.UP) {
        away.add(s.name());
      }
    }
    if (!away.isEmpty() && !c.flag("force")) {
      return c.refused(Notice.of(ApiNotice.CONFIG_UNDELIVERED, String.join(", ", away)));
    }
    List<String> run = runBy(view.state(), reading);
    if (!run.isEmpty()) {
      return c.refused(Notice.of(ApiNotice.CONFIG_NEEDS_STOP, String.join(", ", run)));
    }
    ConfigState next = site.facts(reading, view.state(), c.by());
    String expected = c.parameter("expected");
    if (!expected.isEmpty() && c.number("expected", 0) != next.version() - 1) {
      return c.refused(Notice.of(ClusterNotice.CONFIG_OVERTAKEN, expected, next.version() - 1));
    }
    Verdict verdict =
        node.ask(new Command.PutConfig(next.version() - 1, next))
            .get(ANSWER_SECONDS, TimeUnit.SECONDS);
    if (!verdict.taken()) {
      return c.answer(verdict);
    }
    Set<String> there = new TreeSet<>();
    for (ServerState s : view.state().servers().values()) {
      if (s.role() == MemberRole.SERVER && !away.contains(s.name())) {
        there.add(s.name());
      }
    }
    boolean sameTimes = agree(view.state().config(), reading);
    site.awaitApplied(next.version(), there, sameTimes ? APPLY_NANOS : TIMES_NANOS);
    Predicate<String> has =
        name -> {
          ServerState s = node.view().state().server(name);
          return s != null && s.configApplied() >= next.version();
        };
    List<String> late = new ArrayList<>(there.stream().filter(has.negate()).toList());
    List<String> restart = restarting(late);
    late.removeAll(restart);
    away.addAll(late);
    Map<String, @Nullable Object> m = new LinkedHashMap<>();
    m.put("ok", true);
    m.put("version", next.version());
    m.put("delivered", there.stream().filter(has).toList());
    m.put("waiting", away);
    m.put("restart", restart);
    List<Notice> said = new ArrayList<>();
    said.add(Notice.of(ApiNotice.CONFIG_IN_FORCE, next.version()));
    said.addAll(later(view.state().config(), reading));
    StatusFacts facts = c.facts();
    Function<Notice, Object> one = facts::notice;
    m.put("notices", said.stream().map(one).toList());
    return new Response(HttpSeam.OK, Json.of(m));
  }

  /** Those of them whose processes say that they take it only when they are started anew. */
  private List<String> restarting(List<String> servers) throws InterruptedException {
    Map<String, CompletableFuture<Response>> asked = new LinkedHashMap<>();
    HttpSeam.Request status = new HttpSeam.Request("GET", "/v1/status", Map.of(), "");
    List<String> all = new ArrayList<>();
    for (String server : servers) {
      if (!server.equals(self)) {
        asked.put(server, site.peer(server, status));
      } else if (site.needsRestart() != null) {
        all.add(server);
      }
    }
    for (Map.Entry<String, CompletableFuture<Response>> e : asked.entrySet()) {
      try {
        Response said = e.getValue().get(STATUS_SECONDS, TimeUnit.SECONDS);
        if (Boolean.TRUE.equals(JsonText.object(said.json()).get("needsRestart"))) {
          all.add(e.getKey());
        }
      } catch (ExecutionException | TimeoutException x) {
        // It has not taken it and does not answer: it is one that still needs it.
      }
    }
    return all;
  }

  /** Servers that act by times that are waited for, if just these would change. */
  private static List<String> runBy(ClusterState state, ConfigReading after) {
    if (agree(state.config(), after)) {
      return List.of();
    }
    return state.servers().values().stream()
        .filter(s -> s.role() == MemberRole.SERVER && s.running())
        .map(ServerState::name)
        .toList();
  }

  private static boolean agree(ConfigState before, ConfigReading after) {
    ClusterConfig was = ConfigReader.read("former", before.text()).config().orElse(null);
    ClusterConfig is = after.config().orElse(null);
    return was == null || is == null || times(was).agree(times(is));
  }

  private static Pulse.Times times(ClusterConfig c) {
    return Pulse.Times.of(c.timing(), c.selfFencing());
  }

  private static List<Notice> later(ConfigState before, ConfigReading after) {
    ClusterConfig was = ConfigReader.read("former", before.text()).config().orElse(null);
    ClusterConfig is = after.config().orElse(null);
    return was == null || is == null ? List.of() : later(was, is);
  }

  /** What does not count at once, and from when it does. */
  public static List<Notice> later(ClusterConfig was, ClusterConfig is) {
    List<ConfigChange> changes = ConfigDiff.between(was, is);
    List<Notice> all = new ArrayList<>();
    List<String> keys = ConfigDiff.fromNextStart(changes);
    if (!keys.isEmpty()) {
      boolean agree = times(was).agree(times(is));
      ApiNotice code = agree ? ApiNotice.CONFIG_NEXT_START : ApiNotice.CONFIG_RESTART_ALL;
      all.add(Notice.of(code, String.join(", ", keys)));
    }
    List<String> groups = ConfigDiff.fromNextGroupStart(changes);
    if (!groups.isEmpty()) {
      all.add(Notice.of(ApiNotice.CONFIG_NEXT_GROUP_START, String.join(", ", groups)));
    }
    return all;
  }
}
