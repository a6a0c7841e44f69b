// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.cluster.exec.Limit;
import io.meikyo.cluster.exec.ShellWord;
import io.meikyo.cluster.monitor.CheckContext;
import io.meikyo.cluster.monitor.MonitorMaker;
import io.meikyo.cluster.monitor.MonitorResult;
import io.meikyo.cluster.monitor.ScriptMonitor;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.Group;
import io.meikyo.core.cluster.config.Monitor;
import io.meikyo.core.cluster.config.ResourceSettings;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The monitors of the configuration, each made when it first looks and kept while its settings are
 * the same, since some remember between two looks.
 */
final class ConfiguredMonitors implements MonitorDesk {
  private record Kept(Monitor settings, String address, io.meikyo.cluster.monitor.Monitor made) {}

  private final String self;
  private final MonitorMaker maker;
  private final Map<String, Kept> kept = new HashMap<>();

  ConfiguredMonitors(String self, MonitorMaker maker) {
    this.self = self;
    this.maker = maker;
  }

  @Override
  public Finding look(ClusterConfig config, Monitor monitor) {
    io.meikyo.cluster.monitor.Monitor made = made(config, monitor);
    MonitorResult found = made.check(context(config, monitor, monitor.timeout()));
    boolean well =
        switch (found.found()) {
          case OK, WARNING -> true;
          case FAILED, TIMEOUT -> false;
        };
    return new Finding(well, found.notice());
  }

  @Override
  public Finding script(ClusterConfig config, Monitor monitor) {
    String path = monitor.ladder().script();
    if (path == null) {
      throw new IllegalArgumentException(monitor.name() + " has no script");
    }
    Monitor.Ladder ladder = monitor.ladder();
    try (var script =
        new ScriptMonitor(new ScriptMonitor.Settings(monitor.name(), ShellWord.of(path), "", 0))) {
      MonitorResult end = script.check(context(config, monitor, ladder.scriptTimeout()));
      return new Finding(end.found() == MonitorResult.Found.OK, end.notice());
    }
  }

  private CheckContext context(ClusterConfig config, Monitor monitor, long nanos) {
    return new CheckContext(Limit.of(Duration.ofNanos(nanos)), self, group(config, monitor));
  }

  /** The group that a monitor is about; empty if it is about none. */
  private static String group(ClusterConfig config, Monitor monitor) {
    String target = monitor.target();
    if (target == null) {
      return "";
    }
    return config.group(target).or(() -> config.groupOf(target)).map(Group::name).orElse("");
  }

  private synchronized io.meikyo.cluster.monitor.Monitor made(
      ClusterConfig config, Monitor monitor) {
    String address = address(config, monitor.target());
    forget(config);
    Kept known = kept.get(monitor.name());
    if (known != null && known.settings().equals(monitor) && known.address().equals(address)) {
      return known.made();
    }
    if (known != null) {
      known.made().close();
    }
    io.meikyo.cluster.monitor.Monitor fresh = maker.of(monitor, address);
    kept.put(monitor.name(), new Kept(monitor, address, fresh));
    return fresh;
  }

  /** What the configuration no longer has need not be kept. */
  private void forget(ClusterConfig config) {
    for (Iterator<Kept> i = kept.values().iterator(); i.hasNext(); ) {
      Kept each = i.next();
      if (config.monitors().stream().noneMatch(m -> m.name().equals(each.settings().name()))) {
        each.made().close();
        i.remove();
      }
    }
  }

  /** The address of a floating IP; empty if it is none. */
  private static String address(ClusterConfig config, @Nullable String target) {
    return target == null
        ? ""
        : config
            .resource(target)
            .map(r -> r.settings() instanceof ResourceSettings.Fip f ? f.address().toString() : "")
            .orElse("");
  }
}
