// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import io.meikyo.core.cluster.config.Arbitration;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.Group;
import io.meikyo.core.cluster.config.Hooks;
import io.meikyo.core.cluster.config.MirrorDisk;
import io.meikyo.core.cluster.config.Monitor;
import io.meikyo.core.cluster.config.MonitorSettings;
import io.meikyo.core.cluster.config.Ports;
import io.meikyo.core.cluster.config.Resource;
import io.meikyo.core.cluster.config.ResourceSettings;
import io.meikyo.core.cluster.config.SelfFencing;
import io.meikyo.core.cluster.config.Server;
import io.meikyo.core.cluster.config.Timing;
import io.meikyo.core.cluster.config.Witness;
import java.util.List;

/** The way back: a configuration as the tree of all its keys, with nothing left out. */
public final class ConfigTree {
  private ConfigTree() {}

  /** The whole tree, with the automatic monitors. */
  public static Filled of(ClusterConfig c) {
    return new Filled()
        .put("cluster", new Filled().put("name", c.name()).put("trusted-links", c.trustedLinks()))
        .put("server", c.servers().stream().map(ConfigTree::server).toList())
        .put("witness", witness(c.witness()))
        .put("arbitration", arbitration(c.arbitration()))
        .put("timing", timing(c.timing()))
        .put("self-fencing", fencing(c.selfFencing()))
        .put("ports", ports(c.ports()))
        .put("mirror", c.mirrors().stream().map(ConfigTree::mirror).toList())
        .put("group", c.groups().stream().map(ConfigTree::group).toList())
        .put("monitor", c.monitors().stream().map(ConfigTree::monitor).toList())
        .put("hooks", hooks(c.hooks()));
  }

  private static List<String> texts(List<?> values) {
    return values.stream().map(Object::toString).toList();
  }

  private static Filled server(Server s) {
    return new Filled()
        .put("name", s.name())
        .put("address", s.address().toString())
        .put("interface", s.networkInterface())
        .put("interconnect", texts(s.interconnects()))
        .put("mirror-connect", texts(s.mirrorConnects()))
        .put("consensus", s.consensus().toString())
        .put("api", s.api().toString());
  }

  private static Filled witness(Witness witness) {
    return switch (witness) {
      case Witness.None _ -> new Filled().put("kind", "none");
      case Witness.Voter v ->
          new Filled()
              .put("kind", "voter")
              .put("name", v.name())
              .put("address", v.address().toString());
      case Witness.Http h ->
          new Filled().put("kind", "http").put("url", h.url()).put("timeout", h.timeout());
    };
  }

  private static Filled arbitration(Arbitration arbitration) {
    return switch (arbitration) {
      case Arbitration.None _ -> new Filled().put("kind", "none");
      case Arbitration.Operator _ -> new Filled().put("kind", "operator");
      case Arbitration.HttpWitness _ -> new Filled().put("kind", "http-witness");
      case Arbitration.Ping p ->
          new Filled()
              .put("kind", "ping")
              .put("targets", texts(p.targets()))
              .put("timeout", p.timeout())
              .put("attempts", p.attempts());
      case Arbitration.Fencing f ->
          new Filled().put("kind", "fencing").put("script", f.script()).put("timeout", f.timeout());
    };
  }

  private static Filled timing(Timing t) {
    return new Filled()
        .put("profile", t.profile().word())
        .put("heartbeat", t.heartbeat())
        .put("suspect", t.suspect())
        .put("lease-ttl", t.leaseTtl())
        .put("lease-renew", t.leaseRenew())
        .put("election-min", t.electionMin())
        .put("election-max", t.electionMax())
        .put("start-wait", t.startWait());
  }

  private static Filled fencing(SelfFencing f) {
    return new Filled()
        .put("suspend", f.suspend())
        .put("stop", f.stop())
        .put("last-resort", f.lastResort().word());
  }

  private static Filled ports(Ports p) {
    return new Filled()
        .put("consensus", p.consensus())
        .put("heartbeat", p.heartbeat())
        .put("api", p.api())
        .put("join", p.join());
  }

  private static Filled hooks(Hooks h) {
    return new Filled()
        .put("before-freeze", h.beforeFreeze())
        .put("after-thaw", h.afterThaw())
        .put("timeout", h.timeout());
  }

  private static Filled mirror(MirrorDisk m) {
    return new Filled()
        .put("name", m.name())
        .put("size", m.size() == 0 ? null : m.size())
        .put("mode", m.sync().word())
        .put("async-queue", m.asyncQueue())
        .put("async-history", m.asyncHistory())
        .put("initial-construction", m.initialConstruction())
        .put("initial-mkfs", m.initialMkfs().word())
        .put("trusted-link", m.trustedLink())
        .put("front-end", m.frontEnd().word())
        .put("device", m.device())
        .put("nbd", m.nbd())
        .put("recovery-rate", m.recoveryRate() == 0 ? null : m.recoveryRate())
        .put("port", m.port())
        .put("snapshot-provider", m.snapshots().provider().word())
        .put("snapshot-folder", m.snapshots().folder())
        .put("snapshot-cap", m.snapshots().cap() == 0 ? null : m.snapshots().cap())
        .put("snapshot-script", m.snapshots().script())
        .put("snapshot-timeout", m.snapshots().timeout())
        .put("replica", m.replicas().stream().map(ConfigTree::replica).toList());
  }

  private static Filled replica(MirrorDisk.Replica r) {
    return new Filled()
        .put("server", r.server())
        .put("data", r.data())
        .put("cluster", r.cluster())
        .put("number", r.number())
        .put("link", texts(r.links()));
  }

  private static Filled group(Group g) {
    return new Filled()
        .put("name", g.name())
        .put("startup", g.startup().word())
        .put("failover", g.failover().word())
        .put("failback", g.failback().word())
        .put("servers", g.servers())
        .put("failover-limit", g.failoverLimit())
        .put("failover-window", g.failoverWindow())
        .put("wait-for", g.waitFor())
        .put("wait-timeout", g.waitTimeout())
        .put("exclusive-with", g.exclusiveWith())
        .put("resource", g.resources().stream().map(ConfigTree::resource).toList());
  }

  private static Filled resource(Resource r) {
    Filled t =
        new Filled()
            .put("name", r.name())
            .put("kind", r.kind().word())
            .put("depends-on", r.dependsOn())
            .put("start-timeout", r.startTimeout())
            .put("stop-timeout", r.stopTimeout())
            .put("start-retries", r.startRetries())
            .put("stop-retries", r.stopRetries())
            .put("failovers", r.failovers())
            .put("final-action", r.finalAction().word())
            .put("stop-failure", r.stopFailure().word());
    return switch (r.settings()) {
      case ResourceSettings.Fip s ->
          t.put("address", s.prefix() < 0 ? s.address().toString() : s.address() + "/" + s.prefix())
              .put("interface", s.networkInterface())
              .put("duplicate-check", s.duplicateCheck())
              .put("announcements", s.announcements());
      case ResourceSettings.Md s -> t.put("mirror", s.mirror());
      case ResourceSettings.Fs s ->
          t.put("device", s.device())
              .put("mount", s.mount())
              .put("type", s.type().word())
              .put("options", s.options())
              .put("fsck", s.fsck().word())
              .put("fsck-timeout", s.fsckTimeout())
              .put("kill-holders", s.killHolders());
      case ResourceSettings.Service s -> t.put("unit", s.unit());
      case ResourceSettings.Script s ->
          t.put("start", s.start())
              .put("stop", s.stop())
              .put("user", s.user())
              .put("environment", s.environment().isEmpty() ? null : s.environment())
              .put("wait", s.waitForEnd());
    };
  }

  private static Filled monitor(Monitor m) {
    Monitor.Ladder ladder = m.ladder();
    Filled t =
        new Filled()
            .put("name", m.name())
            .put("kind", m.kind().word())
            .put("servers", m.servers())
            .put("interval", m.interval())
            .put("timeout", m.timeout())
            .put("retries", m.retries())
            .put("start-delay", m.startDelay())
            .put("timing", m.when().word())
            .put("target", m.target())
            .put("recover", m.recover())
            .put("recovery-script", ladder.script())
            .put("recovery-scripts", ladder.scripts())
            .put("recovery-script-timeout", ladder.scriptTimeout())
            .put("restarts", ladder.restarts())
            .put("failovers", ladder.failovers())
            .put("final-action", ladder.finalAction().word())
            .put("back-off", ladder.backOff())
            .put("back-off-max", ladder.backOffMax())
            .put("reset-after", ladder.resetAfter());
    return settings(m.settings(), t);
  }

  private static Filled settings(MonitorSettings settings, Filled t) {
    return switch (settings) {
      case MonitorSettings.Fipw s -> t.put("link-watch", s.linkWatch());
      case MonitorSettings.Mdnw s -> t.put("mirror", s.mirror());
      case MonitorSettings.Mdw s ->
          t.put("mirror", s.mirror()).put("auto-recovery", s.autoRecovery());
      case MonitorSettings.Ping s -> t.put("hosts", texts(s.hosts())).put("all", s.all());
      case MonitorSettings.Nic s -> t.put("interface", s.networkInterface());
      case MonitorSettings.Disk s -> t.put("path", s.path());
      case MonitorSettings.Running s ->
          t.put("command", s.command())
              .put("min", s.min())
              .put("max", s.max() == 0 ? null : s.max());
      case MonitorSettings.Script s -> t.put("path", s.path()).put("user", s.user());
      case MonitorSettings.Http s ->
          t.put("url", s.url())
              .put("status-min", s.statusMin())
              .put("status-max", s.statusMax())
              .put("contains", s.contains())
              .put("verify-tls", s.verifyTls());
      case MonitorSettings.Port s -> t.put("address", s.address().toString());
      case MonitorSettings.Postgresql s ->
          t.put("address", s.address().toString())
              .put("database", s.database())
              .put("user", s.user())
              .put("password-file", s.passwordFile())
              .put("query", s.query());
      case MonitorSettings.Systemd s -> t.put("unit", s.unit());
    };
  }
}
