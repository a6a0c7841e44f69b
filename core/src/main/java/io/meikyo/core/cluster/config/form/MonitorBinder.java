// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import io.meikyo.core.cluster.config.Choice;
import io.meikyo.core.cluster.config.FinalAction;
import io.meikyo.core.cluster.config.Group;
import io.meikyo.core.cluster.config.MirrorDisk;
import io.meikyo.core.cluster.config.Monitor;
import io.meikyo.core.cluster.config.MonitorKind;
import io.meikyo.core.cluster.config.MonitorSettings;
import io.meikyo.core.cluster.config.Resource;
import io.meikyo.core.cluster.config.ResourceKind;
import io.meikyo.core.cluster.config.Server;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Makes the monitors: those of the file, then those that nobody has to write. */
final class MonitorBinder {
  private final List<Server> servers;
  private final List<MirrorDisk> mirrors;
  private final List<Group> groups;

  MonitorBinder(List<Server> servers, List<MirrorDisk> mirrors, List<Group> groups) {
    this.servers = servers;
    this.mirrors = mirrors;
    this.groups = groups;
  }

  List<Monitor> all(List<Filled> rows) {
    List<Monitor> all = new ArrayList<>();
    rows.forEach(row -> all.add(monitor(row, false)));
    for (Group group : groups) {
      for (Resource resource : group.resources()) {
        if (resource.kind() == ResourceKind.FIP) {
          addUnlessThere(all, MonitorKind.FIPW, "fip", resource.name());
        }
      }
    }
    for (MirrorDisk mirror : mirrors) {
      addUnlessThere(all, MonitorKind.MDNW, "md", mirror.name());
      addUnlessThere(all, MonitorKind.MDW, "md", mirror.name());
    }
    return all;
  }

  /** The name of an automatic monitor: {@code fip1} is watched by {@code fipw1}. */
  static String automaticName(MonitorKind kind, String usualPrefix, String watched) {
    return watched.startsWith(usualPrefix) && watched.length() > usualPrefix.length()
        ? kind.word() + watched.substring(usualPrefix.length())
        : kind.word() + "-" + watched;
  }

  private void addUnlessThere(
      List<Monitor> all, MonitorKind kind, String usualPrefix, String watched) {
    boolean there =
        all.stream().anyMatch(m -> m.kind() == kind && Objects.equals(watched(m), watched));
    if (!there) {
      all.add(automatic(kind, usualPrefix, watched));
    }
  }

  private static @Nullable String watched(Monitor m) {
    return switch (m.settings()) {
      case MonitorSettings.Mdnw s -> s.mirror();
      case MonitorSettings.Mdw s -> s.mirror();
      default -> m.target();
    };
  }

  /** As if the file had it with nothing but what is needed. */
  private Monitor automatic(MonitorKind kind, String usualPrefix, String watched) {
    Map<String, RawNode.Entry> entries = new LinkedHashMap<>();
    entries.put("name", entry(automaticName(kind, usualPrefix, watched)));
    entries.put("kind", entry(kind.word()));
    entries.put(kind == MonitorKind.FIPW ? "target" : "mirror", entry(watched));
    RawNode.Table raw = new RawNode.Table(Position.START, entries);
    return monitor(FormCheck.check(raw, MonitorForms.MONITOR).filled(), true);
  }

  private static RawNode.Entry entry(String value) {
    return new RawNode.Entry(Position.START, new RawNode.Scalar(Position.START, value));
  }

  private Monitor monitor(Filled t, boolean automatic) {
    String target = t.textOrNull("target");
    String recover = t.textOrNull("recover");
    String when = t.textOrNull("timing");
    List<String> named = t.textsOrNull("servers");
    MonitorSettings settings = settings(t);
    return new Monitor(
        t.text("name"),
        automatic,
        settings,
        named == null ? where(settings, target) : named,
        t.number("interval"),
        t.number("timeout"),
        t.small("retries"),
        t.number("start-delay"),
        when != null
            ? Choice.of(Monitor.When.class, when)
            : target == null ? Monitor.When.ALWAYS : Monitor.When.ACTIVE,
        target,
        recover == null ? target : recover,
        ladder(t));
  }

  private List<String> where(MonitorSettings settings, @Nullable String target) {
    String mirror =
        switch (settings) {
          case MonitorSettings.Mdnw s -> s.mirror();
          case MonitorSettings.Mdw s -> s.mirror();
          default -> null;
        };
    if (mirror != null) {
      for (MirrorDisk m : mirrors) {
        if (m.name().equals(mirror)) {
          return m.replicas().stream().map(MirrorDisk.Replica::server).toList();
        }
      }
    }
    for (Group g : groups) {
      if (target != null && (g.name().equals(target) || g.resource(target).isPresent())) {
        return g.servers();
      }
    }
    return servers.stream().map(Server::name).toList();
  }

  private static Monitor.Ladder ladder(Filled t) {
    return new Monitor.Ladder(
        t.textOrNull("recovery-script"),
        t.small("recovery-scripts"),
        t.number("recovery-script-timeout"),
        t.small("restarts"),
        t.small("failovers"),
        Choice.of(FinalAction.class, t.text("final-action")),
        t.number("back-off"),
        t.number("back-off-max"),
        t.number("reset-after"));
  }

  private static MonitorSettings settings(Filled t) {
    return switch (Choice.of(MonitorKind.class, t.text("kind"))) {
      case FIPW -> new MonitorSettings.Fipw(t.flag("link-watch"));
      case MDNW -> new MonitorSettings.Mdnw(t.text("mirror"));
      case MDW -> new MonitorSettings.Mdw(t.text("mirror"), t.flag("auto-recovery"));
      case PING ->
          new MonitorSettings.Ping(ConfigBinder.addresses(t.texts("hosts")), t.flag("all"));
      case NIC -> new MonitorSettings.Nic(t.text("interface"));
      case DISK -> new MonitorSettings.Disk(t.text("path"));
      case PROCESS ->
          new MonitorSettings.Running(
              t.text("command"), t.small("min"), t.get("max") == null ? 0 : t.small("max"));
      case SCRIPT -> new MonitorSettings.Script(t.text("path"), t.text("user"));
      case HTTP ->
          new MonitorSettings.Http(
              t.text("url"),
              t.small("status-min"),
              t.small("status-max"),
              t.textOrNull("contains"),
              t.flag("verify-tls"));
      case PORT -> new MonitorSettings.Port(ConfigBinder.hostPort(t.text("address")));
      case POSTGRESQL ->
          new MonitorSettings.Postgresql(
              ConfigBinder.hostPort(t.text("address")),
              t.text("database"),
              t.text("user"),
              t.textOrNull("password-file"),
              t.text("query"));
      case SYSTEMD -> new MonitorSettings.Systemd(t.text("unit"));
    };
  }
}
