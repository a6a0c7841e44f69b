// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.rules;

import static io.meikyo.core.cluster.config.rules.Rules.row;

import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.Group;
import io.meikyo.core.cluster.config.MirrorDisk;
import io.meikyo.core.cluster.config.Monitor;
import io.meikyo.core.cluster.config.MonitorSettings;
import io.meikyo.core.cluster.config.Resource;
import io.meikyo.core.cluster.config.ResourceKind;
import io.meikyo.core.cluster.config.form.ConfigPath;
import io.meikyo.core.cluster.config.form.Units;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Monitors: what they look at exists, and what they ask can be answered. */
final class MonitorRules {
  private static final String TARGETS = "[[group]], [[group.resource]]";

  private final ClusterConfig config;
  private final Rules rules;
  private final List<String> targets = new ArrayList<>();

  MonitorRules(ClusterConfig config, Rules rules) {
    this.config = config;
    this.rules = rules;
    for (Group group : config.groups()) {
      targets.add(group.name());
      group.resources().stream().map(Resource::name).forEach(targets::add);
    }
  }

  void check() {
    names();
    for (int i = 0; i < config.monitors().size(); i++) {
      Monitor monitor = config.monitors().get(i);
      if (!monitor.automatic()) {
        check(monitor, row("monitor", i));
      }
    }
  }

  /** Automatic ones first: who took such a name is the one to choose another. */
  private void names() {
    Rules.Taken taken = rules.new Taken(RuleNotice.NAME_TAKEN);
    ConfigPath nowhere = ConfigPath.of("monitor");
    for (Monitor m : config.monitors()) {
      if (m.automatic()) {
        taken.take(nowhere, m.name(), m.kind().word());
      }
    }
    for (int i = 0; i < config.monitors().size(); i++) {
      Monitor m = config.monitors().get(i);
      if (!m.automatic()) {
        taken.take(row("monitor", i).at("name"), m.name(), "[[monitor]]");
      }
    }
  }

  private void check(Monitor monitor, ConfigPath path) {
    target(path.at("target"), monitor.target());
    String recover = monitor.recover();
    if (recover != null && !recover.equals(monitor.target())) {
      target(path.at("recover"), recover);
    }
    for (int i = 0; i < monitor.servers().size(); i++) {
      rules.known(
          path.at("servers").at(i), "[[server]]", monitor.servers().get(i), config.serverNames());
    }
    if (monitor.when() == Monitor.When.ACTIVE && monitor.target() == null) {
      rules.add(path.at("timing"), RuleNotice.ACTIVE_WITHOUT_TARGET);
    }
    Monitor.Ladder ladder = monitor.ladder();
    if (ladder.backOffMax() < ladder.backOff()) {
      rules.add(
          path.at("back-off-max"),
          RuleNotice.ORDER,
          Units.duration(ladder.backOffMax()),
          "≥ back-off",
          "back-off",
          Units.duration(ladder.backOff()));
    }
    settings(monitor, path);
  }

  private void target(ConfigPath path, @Nullable String name) {
    if (name != null) {
      rules.known(path, TARGETS, name, targets);
    }
  }

  private void settings(Monitor monitor, ConfigPath path) {
    switch (monitor.settings()) {
      case MonitorSettings.Fipw _ -> fipw(monitor, path);
      case MonitorSettings.Mdnw s -> mirror(monitor, s.mirror(), path);
      case MonitorSettings.Mdw s -> mirror(monitor, s.mirror(), path);
      case MonitorSettings.Running s when s.max() > 0 && s.max() < s.min() ->
          rules.add(path.at("max"), RuleNotice.ORDER, s.max(), "≥ min", "min", s.min());
      case MonitorSettings.Http s when s.statusMax() < s.statusMin() ->
          rules.add(
              path.at("status-max"),
              RuleNotice.ORDER,
              s.statusMax(),
              "≥ status-min",
              "status-min",
              s.statusMin());
      default -> {}
    }
  }

  private void fipw(Monitor monitor, ConfigPath path) {
    String target = monitor.target();
    boolean fip =
        target != null
            && config.resource(target).map(r -> r.kind() == ResourceKind.FIP).orElse(false);
    boolean known = target != null && targets.contains(target);
    if (!fip && (target == null || known)) {
      List<String> fips =
          config.groups().stream()
              .flatMap(g -> g.resources().stream())
              .filter(r -> r.kind() == ResourceKind.FIP)
              .map(Resource::name)
              .toList();
      rules.add(
          path.at("target"),
          RuleNotice.FIPW_TARGET,
          fips.isEmpty() ? "–" : String.join(", ", fips));
    }
  }

  private void mirror(Monitor monitor, String name, ConfigPath path) {
    List<String> known = config.mirrors().stream().map(MirrorDisk::name).toList();
    if (!rules.known(path.at("mirror"), "[[mirror]]", name, known)) {
      return;
    }
    for (int i = 0; i < monitor.servers().size(); i++) {
      String server = monitor.servers().get(i);
      boolean without = config.mirror(name).map(m -> m.on(server).isEmpty()).orElse(false);
      if (config.server(server).isPresent() && without) {
        rules.add(path.at("servers").at(i), RuleNotice.SERVER_WITHOUT_MIRROR, server, name);
      }
    }
  }
}
