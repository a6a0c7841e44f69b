// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.rules;

import static io.meikyo.core.cluster.config.rules.Rules.row;

import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.HostPort;
import io.meikyo.core.cluster.config.IpAddress;
import io.meikyo.core.cluster.config.MirrorDisk;
import io.meikyo.core.cluster.config.ResourceSettings;
import io.meikyo.core.cluster.config.Server;
import io.meikyo.core.cluster.config.Timing;
import io.meikyo.core.cluster.config.Witness;
import io.meikyo.core.cluster.config.form.ConfigPath;
import io.meikyo.core.cluster.config.form.Units;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Names and addresses of servers, their ports, and the times between them. */
final class ServerRules {
  private final ClusterConfig config;
  private final Rules rules;

  ServerRules(ClusterConfig config, Rules rules) {
    this.config = config;
    this.rules = rules;
  }

  void check() {
    names();
    listeners(addresses());
    timing();
    if (config.servers().size() > 1) {
      for (int i = 0; i < config.servers().size(); i++) {
        if (config.servers().get(i).interconnects().size() < 2) {
          rules.add(row("server", i).at("interconnect"), RuleNotice.ONE_INTERCONNECT);
        }
      }
    }
  }

  private void names() {
    Rules.Taken names = rules.new Taken(RuleNotice.NAME_TAKEN);
    for (int i = 0; i < config.servers().size(); i++) {
      names.take(row("server", i).at("name"), config.servers().get(i).name(), "[[server]]");
    }
    if (config.witness() instanceof Witness.Voter voter) {
      names.take(ConfigPath.of("witness", "name"), voter.name(), "[[server]]");
    }
  }

  /** An address belongs to one server, or floats. Returns those of which this is not so. */
  private Set<String> addresses() {
    Rules.Taken taken = rules.new Taken(RuleNotice.USED_TWICE);
    for (int i = 0; i < config.servers().size(); i++) {
      Server server = config.servers().get(i);
      ConfigPath path = row("server", i);
      taken.take(path.at("address"), server.address().address(), server.name());
      others(server, path.at("interconnect"), server.interconnects(), taken);
    }
    for (int i = 0; i < config.servers().size(); i++) {
      Server server = config.servers().get(i);
      for (int j = 0; j < server.mirrorConnects().size(); j++) {
        IpAddress address = server.mirrorConnects().get(j);
        if (!server.interconnects().contains(address)
            && !server.address().address().equals(address)) {
          taken.take(row("server", i).at("mirror-connect").at(j), address, server.name());
        }
      }
    }
    for (int g = 0; g < config.groups().size(); g++) {
      var resources = config.groups().get(g).resources();
      for (int r = 0; r < resources.size(); r++) {
        if (resources.get(r).settings() instanceof ResourceSettings.Fip fip) {
          taken.take(
              row("group", g).at("resource").at(r).at("address"),
              fip.address(),
              resources.get(r).name());
        }
      }
    }
    return taken.twice();
  }

  private static void others(
      Server server, ConfigPath path, List<IpAddress> list, Rules.Taken taken) {
    for (int j = 0; j < list.size(); j++) {
      if (!list.get(j).equals(server.address().address())) {
        taken.take(path.at(j), list.get(j), server.name());
      }
    }
  }

  /** No two listen on one address and port. What follows from an address used twice is not said. */
  private void listeners(Set<String> usedTwice) {
    Rules.Taken taken = rules.new Taken(RuleNotice.USED_TWICE);
    for (int i = 0; i < config.servers().size(); i++) {
      Server server = config.servers().get(i);
      ConfigPath path = row("server", i);
      String name = server.name();
      listens(path.at("consensus"), server.consensus(), name + " consensus", usedTwice, taken);
      listens(path.at("api"), server.api(), name + " api", usedTwice, taken);
      for (IpAddress address : server.interconnects()) {
        HostPort heartbeat = new HostPort(address, config.ports().heartbeat());
        ConfigPath port = ConfigPath.of("ports", "heartbeat");
        listens(port, heartbeat, name + " heartbeat", usedTwice, taken);
      }
    }
    for (int m = 0; m < config.mirrors().size(); m++) {
      links(m, row("mirror", m), usedTwice, taken);
    }
  }

  private static void listens(
      ConfigPath path, HostPort at, String who, Set<String> usedTwice, Rules.Taken taken) {
    if (!usedTwice.contains(at.host())) {
      taken.take(path, at, who);
    }
  }

  private void links(int m, ConfigPath path, Set<String> usedTwice, Rules.Taken taken) {
    MirrorDisk mirror = config.mirrors().get(m);
    for (MirrorDisk earlier : config.mirrors().subList(0, m)) {
      if (mirror.port() == earlier.port() && shareLink(mirror, earlier)) {
        String free = "port = " + freePort();
        rules.add(path.at("port"), RuleNotice.USED_TWICE_FREE, mirror.port(), earlier.name(), free);
        return;
      }
    }
    Set<String> servers = new HashSet<>();
    for (int r = 0; r < mirror.replicas().size(); r++) {
      MirrorDisk.Replica replica = mirror.replicas().get(r);
      if (servers.add(replica.server())) {
        for (HostPort link : replica.links()) {
          listens(path.at("replica").at(r).at("link"), link, mirror.name(), usedTwice, taken);
        }
      }
    }
  }

  private static boolean shareLink(MirrorDisk a, MirrorDisk b) {
    return a.replicas().stream()
        .flatMap(r -> r.links().stream())
        .anyMatch(l -> b.replicas().stream().anyMatch(r -> r.links().contains(l)));
  }

  private int freePort() {
    int port = config.mirrors().getFirst().port();
    for (MirrorDisk mirror : config.mirrors()) {
      port = Math.max(port, mirror.port());
    }
    return Math.min(port + 1, HostPort.PORT_MAX);
  }

  private void timing() {
    Timing t = config.timing();
    atLeast("suspect", t.suspect(), 2, "heartbeat", t.heartbeat());
    atLeast("lease-ttl", t.leaseTtl(), 2, "heartbeat", t.heartbeat());
    atLeast("lease-ttl", t.leaseTtl(), 2, "lease-renew", t.leaseRenew());
    if (t.electionMax() <= t.electionMin()) {
      order("election-max", t.electionMax(), "> election-min", "election-min", t.electionMin());
    }
  }

  private void atLeast(String key, long value, int factor, String other, long otherValue) {
    if (value < factor * otherValue) {
      order(key, value, "≥ " + factor + " × " + other, other, otherValue);
    }
  }

  private void order(String key, long value, String wanted, String other, long otherValue) {
    rules.add(
        ConfigPath.of("timing", key),
        RuleNotice.ORDER,
        Units.duration(value),
        wanted,
        other,
        Units.duration(otherValue));
  }
}
