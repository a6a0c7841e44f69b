// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import io.meikyo.cluster.node.NodeDriver;
import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.ConfigState;
import io.meikyo.core.cluster.Decision;
import io.meikyo.core.cluster.DiskState;
import io.meikyo.core.cluster.GroupState;
import io.meikyo.core.cluster.MonitorView;
import io.meikyo.core.cluster.ServerState;
import io.meikyo.core.notice.Notice;
import io.meikyo.texts.Catalogue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The status of the cluster as one server sees it, as maps and lists for JSON. Any thread. */
final class StatusFacts {
  private final Catalogue texts;

  StatusFacts(Catalogue texts) {
    this.texts = texts;
  }

  Map<String, @Nullable Object> of(
      String self, NodeDriver.View view, Map<String, Map<String, String>> agent) {
    ClusterState s = view.state();
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("server", self);
    all.put("clusterId", s.clusterId().toString());
    all.put("founded", s.founded());
    all.put("group", s.group().toString());
    all.put("version", s.version());
    all.put("configVersion", s.config().version());
    all.put("leased", view.leased());
    all.put("upToDate", view.fresh());
    all.put("selfFencing", view.fence().name());
    Map<String, @Nullable Object> rest = new LinkedHashMap<>();
    rest.put("on", s.suspension().on());
    rest.put("by", s.suspension().by());
    rest.put("sinceMillis", s.suspension().sinceMillis());
    all.put("suspended", rest);
    Map<String, @Nullable Object> backup = new LinkedHashMap<>();
    backup.put("on", s.backup().on());
    backup.put("by", s.backup().by());
    backup.put("sinceMillis", s.backup().sinceMillis());
    backup.put("stage", s.backup().stage().name());
    backup.put("server", s.backup().server());
    backup.put("cut", Long.toHexString(s.backup().cutId()));
    backup.put("maxMillis", s.backup().maxMillis());
    backup.put("disks", new LinkedHashMap<>(s.backup().disks()));
    backup.put(
        "servers", s.backup().offline() ? List.copyOf(s.backup().modes().keySet()) : List.of());
    all.put("backupMode", backup);
    all.put("servers", s.servers().values().stream().map(v -> server(v, view)).toList());
    all.put("groups", s.groups().values().stream().map(g -> group(g, view)).toList());
    List<Object> disks = new ArrayList<>();
    s.disks().values().forEach(d -> disks.add(disk(d, s, agent)));
    all.put("mirrors", disks);
    all.put("monitors", view.monitors().stream().map(this::monitor).toList());
    return all;
  }

  private static Map<String, @Nullable Object> server(ServerState v, NodeDriver.View view) {
    Map<String, @Nullable Object> m = new LinkedHashMap<>();
    m.put("name", v.name());
    m.put("role", v.role().name());
    m.put("health", String.valueOf(view.health().get(v.name())));
    m.put("running", v.running());
    m.put("startMode", v.startMode().name());
    m.put("configApplied", v.configApplied());
    m.put("left", v.left());
    m.put("restingMonitors", List.copyOf(v.quiet()));
    return m;
  }

  private Map<String, @Nullable Object> group(GroupState g, NodeDriver.View view) {
    Map<String, @Nullable Object> m = new LinkedHashMap<>();
    m.put("name", g.name());
    m.put("owner", g.owner());
    m.put("phase", g.phase().name());
    m.put("wanted", g.wanted());
    m.put("target", g.target());
    m.put("epoch", g.epoch());
    m.put("why", g.why().name());
    m.put("failures", new LinkedHashMap<>(g.failures()));
    m.put("failovers", g.failovers().stream().map(StatusFacts::failover).toList());
    m.put("stoppedResources", List.copyOf(g.off()));
    m.put("waitingForRestart", view.waiting().getOrDefault(g.name(), List.of()));
    Decision decision = view.decisions().get(g.name());
    m.put("decision", decision == null ? null : notice(decision.because()));
    m.put("resources", view.resources().getOrDefault(g.name(), Map.of()));
    return m;
  }

  private static Map<String, @Nullable Object> failover(GroupState.Failover f) {
    Map<String, @Nullable Object> m = new LinkedHashMap<>();
    m.put("from", f.from());
    m.put("atMillis", f.atMillis());
    return m;
  }

  private static Map<String, @Nullable Object> disk(
      DiskState d, ClusterState s, Map<String, Map<String, String>> agent) {
    Map<String, @Nullable Object> m = new LinkedHashMap<>();
    m.put("name", d.name());
    m.put("diskId", d.diskId().toString());
    ConfigState.DiskFacts facts = s.config().disks().get(d.name());
    List<String> inSync = new ArrayList<>();
    if (facts != null) {
      for (int i = 0; i < facts.replicas().size(); i++) {
        if (d.record().inSync(i)) {
          inSync.add(facts.replicas().get(i));
        }
      }
      m.put("servers", facts.replicas());
      m.put("active", facts.serverOf(d.record().active()));
    }
    m.put("inSync", inSync);
    m.put("epoch", d.record().epoch());
    m.put("recordVersion", d.record().version());
    m.put("cut", d.record().cutStatus().name());
    m.put("agent", agent.getOrDefault(d.name(), Map.of()));
    return m;
  }

  private Map<String, @Nullable Object> monitor(MonitorView v) {
    Map<String, @Nullable Object> m = new LinkedHashMap<>();
    m.put("name", v.name());
    m.put("watched", v.watched());
    m.put("well", v.well());
    m.put("known", v.known());
    m.put("rungs", v.rungs());
    m.put("resting", v.resting());
    m.put("said", v.said() == null ? null : notice(v.said()));
    return m;
  }

  /** How two voters stand to each other. */
  Map<String, @Nullable Object> pair(PairDesk.View v) {
    Map<String, @Nullable Object> m = new LinkedHashMap<>();
    m.put("arbiter", v.arbiter());
    m.put("exclusive", v.exclusive());
    m.put("phase", v.phase());
    m.put("splits", v.splits());
    m.put("notices", v.notices().stream().map(n -> (Object) notice(n)).toList());
    return m;
  }

  /** A notice with its text. */
  Map<String, @Nullable Object> notice(Notice n) {
    Map<String, @Nullable Object> m = new LinkedHashMap<>();
    m.put("code", n.code());
    m.put("severity", n.severity().name());
    Map<String, @Nullable Object> args = new LinkedHashMap<>();
    n.args().forEach(a -> args.put(a.name(), a.value()));
    m.put("args", args);
    m.put("text", texts.lines(n));
    return m;
  }
}
