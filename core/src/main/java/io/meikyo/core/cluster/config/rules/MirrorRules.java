// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.rules;

import static io.meikyo.core.cluster.config.rules.Rules.row;

import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.HostPort;
import io.meikyo.core.cluster.config.MirrorDisk;
import io.meikyo.core.cluster.config.form.ConfigPath;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Mirror disks: who has them, on which partitions. */
final class MirrorRules {
  private final ClusterConfig config;
  private final Rules rules;
  private final Rules.Taken names;
  private final Rules.Taken partitions;
  private final Rules.Taken devices;
  private final Rules.Taken nbd;

  MirrorRules(ClusterConfig config, Rules rules) {
    this.config = config;
    this.rules = rules;
    this.names = rules.new Taken(RuleNotice.NAME_TAKEN);
    this.partitions = rules.new Taken(RuleNotice.USED_TWICE);
    this.devices = rules.new Taken(RuleNotice.USED_TWICE);
    this.nbd = rules.new Taken(RuleNotice.USED_TWICE);
  }

  void check() {
    for (int m = 0; m < config.mirrors().size(); m++) {
      check(config.mirrors().get(m), row("mirror", m));
    }
  }

  private void check(MirrorDisk mirror, ConfigPath path) {
    names.take(path.at("name"), mirror.name(), "[[mirror]]");
    devices.take(path.at("device"), mirror.device(), mirror.name());
    String address = mirror.nbd();
    if (address != null) {
      nbd.take(path.at("nbd"), address, mirror.name());
    }
    if (mirror.replicas().size() < 2 && config.servers().size() > 1) {
      rules.add(path.at("replica"), RuleNotice.MIRROR_ALONE, mirror.name());
    }
    if (mirror.trustedLink()) {
      rules.add(path.at("trusted-link"), RuleNotice.LINK_TRUSTED, mirror.name());
    }
    if (mirror.sync() == MirrorDisk.Sync.ASYNC) {
      rules.add(path.at("mode"), RuleNotice.NOT_YET);
    }
    snapshots(mirror.snapshots(), path);
    if (config.groupOfMirror(mirror.name()).isEmpty()) {
      rules.add(path.at("name"), RuleNotice.MIRROR_UNUSED, mirror.name());
    }
    replicas(mirror, path.at("replica"));
  }

  private void snapshots(MirrorDisk.Snapshots s, ConfigPath path) {
    boolean script = s.provider() == MirrorDisk.Provider.SCRIPT;
    if (script && s.script() == null) {
      rules.add(path.at("snapshot-provider"), RuleNotice.SNAPSHOT_SCRIPT);
    }
    if (!script && s.script() != null) {
      unused(path.at("snapshot-script"), s);
    }
    boolean builtIn = s.provider() == MirrorDisk.Provider.BUILT_IN;
    if (!builtIn && s.provider() != MirrorDisk.Provider.REFLINK && s.folder() != null) {
      unused(path.at("snapshot-folder"), s);
    }
    if (!builtIn && s.cap() != 0) {
      unused(path.at("snapshot-cap"), s);
    }
  }

  private void unused(ConfigPath path, MirrorDisk.Snapshots s) {
    rules.add(path, RuleNotice.SNAPSHOT_UNUSED, s.provider().word());
  }

  private void replicas(MirrorDisk mirror, ConfigPath path) {
    Set<String> servers = new HashSet<>();
    Rules.Taken numbers = rules.new Taken(RuleNotice.USED_TWICE);
    for (int r = 0; r < mirror.replicas().size(); r++) {
      MirrorDisk.Replica replica = mirror.replicas().get(r);
      ConfigPath at = path.at(r);
      rules.known(at.at("server"), "[[server]]", replica.server(), config.serverNames());
      if (!servers.add(replica.server())) {
        rules.add(at.at("server"), RuleNotice.USED_TWICE, replica.server(), "[[mirror.replica]]");
        continue;
      }
      List<Integer> ports = replica.links().stream().map(HostPort::port).distinct().toList();
      if (ports.size() > 1) {
        rules.add(
            at.at("link"),
            RuleNotice.LINK_PORTS,
            String.join(", ", ports.stream().map(String::valueOf).toList()));
      }
      numbers.take(at.at("number"), replica.number(), replica.server());
      partition(at.at("data"), mirror, replica, replica.data());
      partition(at.at("cluster"), mirror, replica, replica.cluster());
    }
  }

  private void partition(
      ConfigPath path, MirrorDisk mirror, MirrorDisk.Replica replica, String partition) {
    partitions.take(
        path, new Place(replica.server(), partition), mirror.name() + " " + replica.server());
  }

  /** A path on a server; shown as the path alone. */
  private record Place(String server, String partition) {
    @Override
    public String toString() {
      return partition;
    }
  }
}
