// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import io.meikyo.cluster.api.HttpSeam.Request;
import io.meikyo.cluster.api.HttpSeam.Response;
import io.meikyo.cluster.node.NodeDriver;
import io.meikyo.core.base.Json;
import io.meikyo.core.cluster.ConfigState;
import io.meikyo.core.cluster.GroupState;
import io.meikyo.core.cluster.Health;
import io.meikyo.core.cluster.MemberRole;
import io.meikyo.core.cluster.NodeNotice;
import io.meikyo.core.cluster.ServerState;
import io.meikyo.core.notice.Notice;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What can be looked at. Any thread. */
final class Views {
  private static final long PEER_SECONDS = 3;

  private final String self;
  private final NodeDriver node;
  private final ApiRoutes.Site site;

  Views(String self, NodeDriver node, ApiRoutes.Site site) {
    this.self = self;
    this.node = node;
    this.site = site;
  }

  Response status(Call c) throws InterruptedException {
    Map<String, @Nullable Object> mine = c.facts().of(self, node.view(), site.agent());
    mine.put("arbitration", c.facts().pair(site.pair().view()));
    mine.put("trustedLinks", site.trustedLinks());
    mine.put("agentIsCurrent", site.agentIsCurrent());
    mine.put("fromNextStart", site.fromNextStart());
    mine.put("needsRestart", site.needsRestart() != null);
    if (c.parameter("all").isEmpty()) {
      return new Response(HttpSeam.OK, Json.of(mine));
    }
    Map<String, @Nullable Map<String, @Nullable Object>> others = others(c.request());
    mine.put("others", others);
    return new Response(HttpSeam.OK, Json.of(mine));
  }

  /** What every other server answers to the same request; null: nothing. */
  Map<String, @Nullable Map<String, @Nullable Object>> others(Request r)
      throws InterruptedException {
    Map<String, CompletableFuture<Response>> asked = new LinkedHashMap<>();
    Map<String, String> query = new LinkedHashMap<>(r.query());
    query.remove("all");
    for (ServerState s : node.view().state().servers().values()) {
      if (!s.name().equals(self) && s.role() == MemberRole.SERVER) {
        asked.put(s.name(), site.peer(s.name(), new Request("GET", r.path(), query, "")));
      }
    }
    Map<String, @Nullable Map<String, @Nullable Object>> others = new LinkedHashMap<>();
    for (var e : asked.entrySet()) {
      try {
        Response answer = e.getValue().get(PEER_SECONDS, TimeUnit.SECONDS);
        others.put(e.getKey(), JsonText.object(answer.json()));
      } catch (ExecutionException | TimeoutException x) {
        others.put(e.getKey(), null);
      }
    }
    return others;
  }

  /** For any state: the reason, the deciding record, what to do next. */
  Response why(Call c) {
    NodeDriver.View view = node.view();
    String about = c.parameter("about");
    List<Notice> all = new ArrayList<>();
    if (about.isEmpty()) {
      all.addAll(site.pair().view().notices());
      view.health()
          .forEach((name, health) -> {
            if (health != Health.UP) {
              all.add(Notice.of(ApiNotice.WHY_CLUSTER, name, health));
            }
          });
      List<String> keys = site.fromNextStart();
      Notice restart = site.needsRestart();
      if (restart != null) {
        all.add(restart);
      } else if (!keys.isEmpty()) {
        all.add(Notice.of(ApiNotice.CONFIG_NEXT_START, String.join(", ", keys)));
      }
    }
    view.decisions()
        .forEach((name, d) -> {
          GroupState g = view.state().groups().get(name);
          boolean resource = view.resources().getOrDefault(name, Map.of()).containsKey(about);
          if (g != null && (about.isEmpty() || about.equals(name) || resource)) {
            all.add(d.because());
            late(name, view, all);
          }
        });
    view.monitors()
        .forEach(m -> {
          boolean named = about.equals(m.name());
          if (m.resting() && (named || about.isEmpty())) {
            all.add(Notice.of(ApiNotice.WHY_MONITOR_RESTS, m.name()));
          }
          if (m.said() != null && (named || (about.isEmpty() && !m.well()))) {
            all.add(m.said());
          }
        });
    return c.said(HttpSeam.OK, true, all);
  }

  Response config() {
    ConfigState now = node.view().state().config();
    Map<String, @Nullable Object> m = new LinkedHashMap<>();
    m.put("version", now.version());
    m.put("by", now.by());
    m.put("text", now.text());
    return new Response(HttpSeam.OK, Json.of(m));
  }

  /** What this member has said, and with {@code all=1} every server, by time. */
  Response events(Call c) throws InterruptedException {
    int count = c.number("lines", 100);
    List<Map<?, ?>> all = new ArrayList<>();
    for (ApiRoutes.Event e : site.events(count)) {
      Map<String, @Nullable Object> m = new LinkedHashMap<>();
      m.put("time", e.time().toString());
      m.put("server", self);
      m.put("code", e.notice().code());
      m.put("severity", e.notice().severity().name());
      m.put("text", c.texts().render(e.notice()).message());
      all.add(m);
    }
    List<String> silent = new ArrayList<>();
    if (!c.parameter("all").isEmpty()) {
      others(c.request())
          .forEach((server, said) -> {
            if (said != null && said.get("events") instanceof List<?> events) {
              events.stream().filter(Map.class::isInstance).forEach(e -> all.add((Map<?, ?>) e));
            } else {
              silent.add(server);
            }
          });
      all.sort(Comparator.comparing(e -> Instant.parse(String.valueOf(e.get("time")))));
    }
    List<Map<?, ?>> newest = all.subList(Math.max(0, all.size() - count), all.size());
    return new Response(HttpSeam.OK, Json.of(Map.of("events", newest, "silent", silent)));
  }

  /** What the group still runs with, and what the operator has stopped of it. */
  private static void late(String group, NodeDriver.View view, List<Notice> all) {
    List<String> names = view.waiting().getOrDefault(group, List.of());
    if (!names.isEmpty()) {
      all.add(Notice.of(NodeNotice.DEFINITION_WAITS, group, String.join(", ", names)));
    }
    GroupState g = view.state().groups().get(group);
    if (g != null && !g.off().isEmpty()) {
      all.add(Notice.of(ApiNotice.WHY_RESOURCE_OFF, group, String.join(", ", g.off())));
    }
  }
}
