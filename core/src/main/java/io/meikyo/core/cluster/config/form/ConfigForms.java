// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import static io.meikyo.core.cluster.config.form.FormTypes.ADDRESSES;
import static io.meikyo.core.cluster.config.form.FormTypes.FLAG;
import static io.meikyo.core.cluster.config.form.FormTypes.HOST_PORT;
import static io.meikyo.core.cluster.config.form.FormTypes.INTERFACE;
import static io.meikyo.core.cluster.config.form.FormTypes.IP;
import static io.meikyo.core.cluster.config.form.FormTypes.NAME;
import static io.meikyo.core.cluster.config.form.FormTypes.PATH;
import static io.meikyo.core.cluster.config.form.FormTypes.PORT;
import static io.meikyo.core.cluster.config.form.FormTypes.SERVERS_MAX;
import static io.meikyo.core.cluster.config.form.FormTypes.millis;
import static io.meikyo.core.cluster.config.form.FormTypes.seconds;
import static io.meikyo.core.cluster.config.form.FormTypes.text;

import io.meikyo.core.cluster.config.Choice;
import io.meikyo.core.cluster.config.SelfFencing;
import io.meikyo.core.cluster.config.Timing;
import java.util.List;
import java.util.Map;

/**
 * The one table of all keys with their defaults: the tables about the cluster as a whole, and the
 * root. Mirror disks, groups and monitors are in {@link MirrorForms}, {@link GroupForms} and {@link
 * MonitorForms}. To add a key: here, in {@code Binder} and in {@code ConfigTree}; the schema and
 * the documentation follow (their tests say how to write them anew).
 */
public final class ConfigForms {
  private static final Form CLUSTER =
      Form.form("cluster", "The cluster as a whole.")
          .required("name", NAME, Need.NOTHING, "Name of the cluster.")
          .standard(
              "trusted-links",
              FLAG,
              false,
              Need.SERVICE,
              "True: heartbeats, calls and consensus are not encrypted, and whoever reaches their"
                  + " ports is believed. All members must agree.")
          .end();

  private static final Form SERVER =
      Form.form("server", "One server. The first one has the highest priority.")
          .rows(Need.SUSPEND, Need.SUSPEND)
          .ordered()
          .required("name", NAME, Need.NEW, "Name of the server, as in every command.")
          .required(
              "address",
              text(TextRule.NETWORK),
              Need.SERVICE,
              "Its public address with the length of the network's prefix.")
          .unset(
              "interface",
              INTERFACE,
              "the one that has `address`",
              Need.RESOURCE,
              "Network interface for floating IPs.")
          .derived(
              "interconnect",
              ADDRESSES,
              "[`address`]",
              Need.SERVICE,
              "Addresses for heartbeats and consensus, best first.")
          .derived(
              "mirror-connect",
              ADDRESSES,
              "`interconnect`",
              Need.AGENT,
              "Addresses for the link of the mirror disks, best first.")
          .derived(
              "consensus",
              HOST_PORT,
              "first of `interconnect`, port `ports.consensus`",
              Need.SERVICE,
              "Where its consensus member listens.")
          .derived(
              "api",
              HOST_PORT,
              "first of `interconnect`, port `ports.api`",
              Need.SERVICE,
              "Where its API listens for the other servers.")
          .end();

  private static final Form WITNESS =
      Form.form("witness", "The small third party, which holds no data.")
          .kindKey(
              "kind",
              List.of("none", "voter", "http"),
              new Key.Standard("none"),
              Need.SUSPEND,
              "`voter`: a third member of the consensus. `http`: a compare-and-set register.")
          .kind("voter")
          .standard("name", NAME, "witness", Need.SUSPEND, "Its name among the members.")
          .required("address", HOST_PORT, Need.SUSPEND, "Where its consensus member listens.")
          .kind("http")
          .required("url", text(TextRule.URL), Need.SUSPEND, "Its address.")
          .standard(
              "timeout", millis(100, 60_000), "2s", Need.NOTHING, "Longest wait for an answer.")
          .end();

  private static final Form ARBITRATION =
      Form.form(
              "arbitration",
              "Who decides between servers that lost each other and have no majority.")
          .kindKey(
              "kind",
              List.of("none", "operator", "http-witness", "ping", "fencing"),
              new Key.Derived("`http-witness` with an HTTP witness, else `operator`"),
              Need.SUSPEND,
              "`none`: a server left alone waits for the other one. `operator`: it waits for the"
                  + " operator's word. `http-witness`: the witness lets one go on. `ping`: whoever"
                  + " reaches the targets goes on; weak, since both may. `fencing`: a script switches"
                  + " the other server off.")
          .kind("ping")
          .required(
              "targets",
              new KeyType.Many(IP, 1, 8),
              Need.NOTHING,
              "What is pinged, such as the gateway.")
          .standard(
              "timeout", millis(100, 60_000), "1s", Need.NOTHING, "Longest wait for one answer.")
          .standard(
              "attempts", new KeyType.Whole(1, 10), 3L, Need.NOTHING, "How often each is asked.")
          .kind("fencing")
          .required(
              "script",
              PATH,
              Need.NOTHING,
              "Switches the server off that is its argument, and confirms it by status 0.")
          .standard("timeout", seconds(1, 600), "60s", Need.NOTHING, "Longest run; then it failed.")
          .end();

  private static final Form TIMING =
      Form.form("timing", "Heartbeats and lease.")
          .kindKey(
              "profile",
              Choice.words(Timing.Profile.class),
              new Key.Standard(Timing.Profile.CALM.word()),
              Need.SERVICE,
              "`calm` bears busy machines and slow disks; `fast` is for machines that are never"
                  + " starved. It gives the defaults below.")
          .byKind(
              "heartbeat",
              millis(20, 60_000),
              Map.of("fast", "100ms"),
              "250ms",
              Need.SERVICE,
              "Interval of heartbeats.")
          .byKind(
              "suspect",
              millis(100, 600_000),
              Map.of("fast", "600ms"),
              "1500ms",
              Need.SERVICE,
              "A server not heard of for so long is suspected to be down.")
          .byKind(
              "lease-ttl",
              millis(200, 600_000),
              Map.of("fast", "1s"),
              "2s",
              Need.SERVICE,
              "How long one renewal lets the owner of a group go on.")
          .byKind(
              "lease-renew",
              millis(50, 60_000),
              Map.of("fast", "200ms"),
              "500ms",
              Need.SERVICE,
              "Interval of renewals.")
          .byKind(
              "election-min",
              millis(100, 60_000),
              Map.of("fast", "300ms"),
              "750ms",
              Need.SERVICE,
              "Shortest wait of a consensus member before it stands for election.")
          .byKind(
              "election-max",
              millis(200, 120_000),
              Map.of("fast", "600ms"),
              "1500ms",
              Need.SERVICE,
              "Longest wait.")
          .standard(
              "start-wait",
              seconds(0, 3600),
              "5m",
              Need.NOTHING,
              "How long a starting server waits for the others before it asks for arbitration.")
          .end();

  private static final Form SELF_FENCING =
      Form.form("self-fencing", "What a server does that has lost its lease.")
          .standard(
              "suspend",
              millis(100, 60_000),
              "1s",
              Need.SERVICE,
              "How long I/O is only suspended, in case the lease comes back.")
          .standard(
              "stop",
              seconds(1, 300),
              "10s",
              Need.SERVICE,
              "Then: how long dropping addresses, killing and unmounting may take.")
          .standard(
              "last-resort",
              KeyType.OneOf.of(SelfFencing.LastResort.class),
              SelfFencing.LastResort.WATCHDOG.word(),
              Need.SERVICE,
              "How the server is taken down if that does not end.")
          .end();

  private static final Form PORTS =
      Form.form("ports", "TCP ports on every server. Each mirror disk has one of its own.")
          .standard("consensus", PORT, 7701L, Need.SERVICE, "Consensus.")
          .standard("heartbeat", PORT, 7702L, Need.SERVICE, "Heartbeats.")
          .standard("api", PORT, 7703L, Need.SERVICE, "API.")
          .standard(
              "join",
              PORT,
              7704L,
              Need.SERVICE,
              "Where servers join and renew their certificates, on the first server.")
          .end();

  private static final Form HOOKS =
      Form.form("hooks", "Scripts around the freezing of file systems at an online backup.")
          .unset("before-freeze", PATH, "none", Need.NOTHING, "Run before the freeze.")
          .unset("after-thaw", PATH, "none", Need.NOTHING, "Run after the thaw.")
          .standard("timeout", seconds(1, 3600), "30s", Need.NOTHING, "Longest run of each.")
          .end();

  /** The whole file. */
  public static final Form ROOT =
      Form.form("", "The configuration of a Meikyo cluster.")
          .required("cluster", new KeyType.Sub(CLUSTER), Need.NOTHING, CLUSTER.about())
          .required(
              "server", new KeyType.Rows(SERVER, 1, SERVERS_MAX), Need.NOTHING, SERVER.about())
          .unset("witness", new KeyType.Sub(WITNESS), "none", Need.SUSPEND, WITNESS.about())
          .unset(
              "arbitration",
              new KeyType.Sub(ARBITRATION),
              "by its default",
              Need.SUSPEND,
              ARBITRATION.about())
          .unset("timing", new KeyType.Sub(TIMING), "profile `calm`", Need.SERVICE, TIMING.about())
          .unset(
              "self-fencing",
              new KeyType.Sub(SELF_FENCING),
              "its defaults",
              Need.SERVICE,
              SELF_FENCING.about())
          .unset("ports", new KeyType.Sub(PORTS), "its defaults", Need.SERVICE, PORTS.about())
          .unset(
              "mirror",
              new KeyType.Rows(MirrorForms.MIRROR, 0, MirrorForms.MIRRORS_MAX),
              "no mirror disk",
              Need.NOTHING,
              MirrorForms.MIRROR.about())
          .unset(
              "group",
              new KeyType.Rows(GroupForms.GROUP, 0, GroupForms.GROUPS_MAX),
              "no group",
              Need.NOTHING,
              GroupForms.GROUP.about())
          .unset(
              "monitor",
              new KeyType.Rows(MonitorForms.MONITOR, 0, MonitorForms.MONITORS_MAX),
              "only the automatic ones",
              Need.NOTHING,
              MonitorForms.MONITOR.about())
          .unset("hooks", new KeyType.Sub(HOOKS), "none", Need.NOTHING, HOOKS.about())
          .end();

  private ConfigForms() {}
}
