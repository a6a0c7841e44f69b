// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.cluster.config.Monitor;
import io.meikyo.core.cluster.config.ResourceSettings;
import io.meikyo.core.notice.Notice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The monitors of one member: which of them look, and what follows when one is not well. */
final class Watches {
  private final ClusterNode node;
  private final Map<String, Watch> all = new LinkedHashMap<>();

  Watches(ClusterNode node) {
    this.node = node;
  }

  /** These monitors from now on; those that have not changed keep their ladders. */
  void configured(List<Monitor> monitors) {
    Map<String, Watch> old = new HashMap<>(all);
    all.clear();
    for (Monitor m : monitors) {
      Watch w = old.get(m.name());
      boolean same = w != null && w.monitor.equals(m);
      all.put(m.name(), same ? w : new Watch(m));
    }
    old.values().stream().filter(w -> !all.containsValue(w)).forEach(this::takeBack);
  }

  /** When the next look is due, ns. */
  long deadline() {
    return all.values().stream().mapToLong(Watch::deadline).min().orElse(Long.MAX_VALUE);
  }

  /** How they stand here. */
  List<MonitorView> views() {
    List<MonitorView> views = new ArrayList<>();
    for (Watch w : all.values()) {
      views.add(
          new MonitorView(
              w.monitor.name(),
              watched(w.monitor),
              w.well,
              w.known,
              w.said,
              w.ladder.used(),
              rests(w.monitor)));
    }
    return views;
  }

  /** Begins every look that is due. */
  void look() {
    for (Watch w : all.values()) {
      boolean watched = watched(w.monitor);
      if (!watched) {
        takeBack(w);
      }
      if (w.due(watched, node.now())) {
        node.emit(new NodeEffect.Look(w.monitor));
      }
    }
  }

  /** The operator has put it to rest on this server. */
  private boolean rests(Monitor m) {
    ServerState me = node.state().server(node.self());
    return me != null && me.quiet().contains(m.name());
  }

  /** Whoever is well again, or does not look any more, wants no failover: if it has not begun. */
  private void takeBack(Watch w) {
    String group = w.asked;
    w.asked = null;
    if (group != null && node.groups().well(group, w.monitor.name())) {
      node.tell(NodeNotice.MONITOR_TAKES_BACK, w.monitor.name(), group);
    }
  }

  /** Rule R12: at rest nothing is watched. */
  private boolean watched(Monitor m) {
    if (node.state().atRest() || rests(m) || !m.servers().contains(node.self()) || !node.serves()) {
      return false;
    }
    if (m.when() == Monitor.When.ALWAYS) {
      return true;
    }
    String target = m.target();
    GroupRunner runner = target == null ? null : runnerOf(target);
    if (target == null || runner == null) {
      return true;
    }
    return runner.group().name().equals(target)
        ? runner.state() == GroupRunner.State.RUNNING
        : "on".equals(runner.resources().get(target));
  }

  private @Nullable GroupRunner runnerOf(String groupOrResource) {
    for (GroupRunner r : node.groups().runners().values()) {
      if (r.group().name().equals(groupOrResource)
          || r.group().resource(groupOrResource).isPresent()) {
        return r;
      }
    }
    return null;
  }

  /** A look has ended. */
  void looked(NodeEvent.Looked e) {
    Watch w = all.get(e.monitor());
    boolean before = w == null || w.well;
    if (w == null || !w.looked(e.well(), e.said(), node.now())) {
      return;
    }
    if (before != e.well()) {
      node.tell(e.well() ? NodeNotice.MONITOR_WELL : NodeNotice.MONITOR_ILL, e.monitor());
      node.emit(new NodeEffect.Tell(e.said().about("monitor", e.monitor())));
    }
    if (e.well()) {
      w.ladder.well(node.now());
      takeBack(w);
      return;
    }
    MonitorLadder.Rung rung = w.ladder.ill(node.now());
    if (rung != null) {
      climb(w, rung);
    }
  }

  private void climb(Watch w, MonitorLadder.Rung rung) {
    Monitor m = w.monitor;
    String recover = m.recover() == null ? node.self() : m.recover();
    node.tell(NodeNotice.MONITOR_RUNG, m.name(), rung, recover);
    GroupRunner runner = m.recover() == null ? null : runnerOf(m.recover());
    switch (rung) {
      case SCRIPT -> node.emit(new NodeEffect.RunScript(m));
      case RESTART -> {
        if (runner != null) {
          List<GroupRunner.Task> tasks = new ArrayList<>();
          if (runner.group().name().equals(recover)) {
            for (var r : runner.group().resources()) {
              if (!(r.settings() instanceof ResourceSettings.Md)) {
                tasks.addAll(runner.restart(r.name()));
              }
            }
          } else {
            tasks.addAll(runner.restart(recover));
          }
          node.groups().run(runner.group().name(), tasks);
        }
      }
      case FAILOVER -> {
        if (runner != null) {
          w.asked = runner.group().name();
          node.groups().ill(runner.group().name(), m.name());
        }
      }
      case FINAL -> {
        Notice why = Notice.of(NodeNotice.MONITOR_RUNG, m.name(), rung, recover);
        String group = runner == null ? null : runner.group().name();
        node.finalActions().take(m.ladder().finalAction(), group, m.name(), why);
      }
    }
  }
}
