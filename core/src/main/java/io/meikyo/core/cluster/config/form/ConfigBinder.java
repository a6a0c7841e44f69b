// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import io.meikyo.core.base.Invariant;
import io.meikyo.core.cluster.config.Arbitration;
import io.meikyo.core.cluster.config.Choice;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.Group;
import io.meikyo.core.cluster.config.Hooks;
import io.meikyo.core.cluster.config.HostPort;
import io.meikyo.core.cluster.config.IpAddress;
import io.meikyo.core.cluster.config.IpNetwork;
import io.meikyo.core.cluster.config.MirrorDisk;
import io.meikyo.core.cluster.config.Ports;
import io.meikyo.core.cluster.config.SelfFencing;
import io.meikyo.core.cluster.config.Server;
import io.meikyo.core.cluster.config.Timing;
import io.meikyo.core.cluster.config.Witness;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes the configuration of a tree that fits {@link ConfigForms}, and derives what was left to be
 * derived.
 */
public final class ConfigBinder {
  private final Filled root;
  private final Ports ports;

  private ConfigBinder(Filled root) {
    this.root = root;
    Filled p = root.table("ports");
    this.ports =
        new Ports(p.small("consensus"), p.small("heartbeat"), p.small("api"), p.small("join"));
  }

  /** The configuration; nothing is judged here that the forms do not judge. */
  public static ClusterConfig bind(Filled root) {
    return new ConfigBinder(root).bind();
  }

  private ClusterConfig bind() {
    List<Server> servers = root.rows("server").stream().map(this::server).toList();
    Witness witness = witness(root.table("witness"));
    List<MirrorDisk> mirrors = root.rows("mirror").stream().map(m -> mirror(m, servers)).toList();
    List<Group> groups =
        root.rows("group").stream().map(g -> new GroupBinder(servers, mirrors).group(g)).toList();
    Filled fencing = root.table("self-fencing");
    Filled hooks = root.table("hooks");
    return new ClusterConfig(
        root.table("cluster").text("name"),
        root.table("cluster").flag("trusted-links"),
        servers,
        witness,
        arbitration(root.table("arbitration"), witness),
        timing(root.table("timing")),
        new SelfFencing(
            fencing.number("suspend"),
            fencing.number("stop"),
            Choice.of(SelfFencing.LastResort.class, fencing.text("last-resort"))),
        ports,
        mirrors,
        groups,
        new MonitorBinder(servers, mirrors, groups).all(root.rows("monitor")),
        new Hooks(
            hooks.textOrNull("before-freeze"),
            hooks.textOrNull("after-thaw"),
            hooks.number("timeout")));
  }

  private Server server(Filled t) {
    IpNetwork address = IpNetwork.parse(t.text("address"));
    if (address == null) {
      throw new Invariant.Broken("the form lets only networks through");
    }
    List<IpAddress> interconnects = addresses(t.textsOrNull("interconnect"));
    if (interconnects.isEmpty()) {
      interconnects = List.of(address.address());
    }
    List<IpAddress> mirrorConnects = addresses(t.textsOrNull("mirror-connect"));
    IpAddress first = interconnects.getFirst();
    return new Server(
        t.text("name"),
        address,
        t.textOrNull("interface"),
        interconnects,
        mirrorConnects.isEmpty() ? interconnects : mirrorConnects,
        hostPort(t.textOrNull("consensus"), new HostPort(first, ports.consensus())),
        hostPort(t.textOrNull("api"), new HostPort(first, ports.api())));
  }

  private static Witness witness(Filled t) {
    return switch (t.text("kind")) {
      case "voter" -> new Witness.Voter(t.text("name"), hostPort(t.text("address")));
      case "http" -> new Witness.Http(t.text("url"), t.number("timeout"));
      default -> new Witness.None();
    };
  }

  private static Arbitration arbitration(Filled t, Witness witness) {
    String derived = witness instanceof Witness.Http ? "http-witness" : "operator";
    String kind = t.textOrNull("kind");
    return switch (kind == null ? derived : kind) {
      case "none" -> new Arbitration.None();
      case "http-witness" -> new Arbitration.HttpWitness();
      case "ping" ->
          new Arbitration.Ping(
              addresses(t.texts("targets")), t.number("timeout"), t.small("attempts"));
      case "fencing" -> new Arbitration.Fencing(t.text("script"), t.number("timeout"));
      default -> new Arbitration.Operator();
    };
  }

  private static Timing timing(Filled t) {
    return new Timing(
        Choice.of(Timing.Profile.class, t.text("profile")),
        t.number("heartbeat"),
        t.number("suspect"),
        t.number("lease-ttl"),
        t.number("lease-renew"),
        t.number("election-min"),
        t.number("election-max"),
        t.number("start-wait"));
  }

  private static MirrorDisk mirror(Filled t, List<Server> servers) {
    String name = t.text("name");
    String device = t.textOrNull("device");
    int port = t.small("port");
    List<MirrorDisk.Replica> replicas = new ArrayList<>();
    for (Filled replica : t.rows("replica")) {
      replicas.add(replica(replica, replicas.size(), port, servers));
    }
    return new MirrorDisk(
        name,
        t.get("size") == null ? 0 : t.number("size"),
        Choice.of(MirrorDisk.Sync.class, t.text("mode")),
        t.number("async-queue"),
        t.number("async-history"),
        t.flag("initial-construction"),
        Choice.of(MirrorDisk.InitialFs.class, t.text("initial-mkfs")),
        t.flag("trusted-link"),
        Choice.of(MirrorDisk.FrontEnd.class, t.text("front-end")),
        device == null ? "/dev/meikyo/" + name : device,
        t.textOrNull("nbd"),
        t.get("recovery-rate") == null ? 0 : t.number("recovery-rate"),
        port,
        new MirrorDisk.Snapshots(
            Choice.of(MirrorDisk.Provider.class, t.text("snapshot-provider")),
            t.textOrNull("snapshot-folder"),
            t.get("snapshot-cap") == null ? 0 : t.number("snapshot-cap"),
            t.textOrNull("snapshot-script"),
            t.number("snapshot-timeout")),
        replicas);
  }

  private static MirrorDisk.Replica replica(Filled t, int place, int port, List<Server> servers) {
    String server = t.text("server");
    List<String> links = t.textsOrNull("link");
    List<HostPort> addresses =
        links != null
            ? links.stream().map(ConfigBinder::hostPort).toList()
            : servers.stream()
                .filter(s -> s.name().equals(server))
                .limit(1)
                .flatMap(s -> s.mirrorConnects().stream())
                .map(a -> new HostPort(a, port))
                .toList();
    int number = t.get("number") == null ? place : t.small("number");
    return new MirrorDisk.Replica(number, server, t.text("data"), t.text("cluster"), addresses);
  }

  static List<IpAddress> addresses(@Nullable List<String> texts) {
    List<IpAddress> all = new ArrayList<>();
    for (String text : texts == null ? List.<String>of() : texts) {
      IpAddress address = IpAddress.parse(text);
      Invariant.check(address != null, "the form lets only addresses through");
      if (address != null) {
        all.add(address);
      }
    }
    return all;
  }

  static HostPort hostPort(String text) {
    HostPort parsed = HostPort.parse(text);
    if (parsed == null) {
      throw new Invariant.Broken("the form lets only host:port through");
    }
    return parsed;
  }

  private static HostPort hostPort(@Nullable String text, HostPort derived) {
    return text == null ? derived : hostPort(text);
  }
}
