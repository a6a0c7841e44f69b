// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.control;

import static io.meikyo.sim.control.ControlOptions.MS;
import static io.meikyo.sim.control.ControlOptions.SECOND;

import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.ConfigState;
import io.meikyo.core.cluster.config.Arbitration;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.FinalAction;
import io.meikyo.core.cluster.config.Group;
import io.meikyo.core.cluster.config.Hooks;
import io.meikyo.core.cluster.config.Mode;
import io.meikyo.core.cluster.config.Monitor;
import io.meikyo.core.cluster.config.MonitorSettings;
import io.meikyo.core.cluster.config.Ports;
import io.meikyo.core.cluster.config.Resource;
import io.meikyo.core.cluster.config.ResourceSettings;
import io.meikyo.core.cluster.config.Witness;
import io.meikyo.sim.Prng;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** The configurations of a run. Their text in the replicated state is a page of this book. */
final class ConfigBook {
  static final String DISK = "md1";
  static final UUID DISK_ID = new UUID(3, 4);

  private final ControlOptions o;
  private final Prng prng;
  private final Map<String, ClusterConfig> pages = new HashMap<>();
  private final boolean waits;
  private final boolean apart;
  private final boolean more;

  ConfigBook(ControlOptions o, Prng prng) {
    this.o = o;
    this.prng = prng;
    this.waits = prng.chance(0.3);
    this.apart = !waits && prng.chance(0.3);
    this.more = prng.chance(0.3);
  }

  ClusterConfig page(String text) {
    ClusterConfig c = pages.get(text);
    if (c == null) {
      throw new IllegalStateException("no page " + text);
    }
    return c;
  }

  /** A new page, somewhat other than those before, to follow what is in force now. */
  ConfigState next(ClusterState now, String by) {
    String text = "page " + (pages.size() + 1);
    List<Group> groups = List.of(mirrored(), plain());
    ClusterConfig config =
        new ClusterConfig(
            "simulated",
            false,
            List.of(),
            new Witness.None(),
            new Arbitration.None(),
            o.timing,
            o.fencing,
            new Ports(1, 2, 3, 4),
            List.of(),
            groups,
            monitors(),
            new Hooks(null, null, SECOND));
    pages.put(text, config);
    TreeMap<String, ConfigState.GroupFacts> facts = new TreeMap<>();
    for (Group g : groups) {
      facts.put(g.name(), new ConfigState.GroupFacts(g.servers(), g.mirrors(), true));
    }
    TreeMap<String, ConfigState.DiskFacts> disks = new TreeMap<>();
    disks.put(DISK, new ConfigState.DiskFacts(DISK_ID, o.replicas));
    return new ConfigState(now.config().version() + 1, text, facts, disks, by);
  }

  private List<String> servers() {
    return o.witness ? o.members.subList(0, 2) : o.members;
  }

  private Group mirrored() {
    List<Resource> all = new ArrayList<>();
    all.add(resource(DISK, new ResourceSettings.Md(DISK), 8 * SECOND));
    all.add(resource("fip1", new ResourceSettings.Service("fip1"), 4 * SECOND));
    all.add(resource("app1", new ResourceSettings.Service(unit("app1")), 4 * SECOND, "fip1"));
    if (more) {
      all.add(resource("extra1", new ResourceSettings.Service("extra1"), 4 * SECOND, "app1"));
    }
    return group("g1", o.replicas, List.of(), all);
  }

  private Group plain() {
    List<Resource> all = new ArrayList<>();
    all.add(resource("fip2", new ResourceSettings.Service("fip2"), 4 * SECOND));
    all.add(resource("app2", new ResourceSettings.Service(unit("app2")), 4 * SECOND, "fip2"));
    List<String> order = new ArrayList<>(servers());
    if (prng.chance(0.5)) {
      order = order.reversed();
    }
    return group("g2", order, waits ? List.of("g1") : List.of(), all);
  }

  private Group group(
      String name, List<String> servers, List<String> waitFor, List<Resource> resources) {
    return new Group(
        name,
        Mode.AUTO,
        prng.chance(0.9) ? Mode.AUTO : Mode.MANUAL,
        prng.chance(0.3) ? Mode.AUTO : Mode.MANUAL,
        servers,
        prng.between(1, 4),
        3600 * SECOND,
        waitFor,
        prng.between(2L, 20L) * SECOND,
        apart && name.equals("g2") ? List.of("g1") : List.of(),
        resources);
  }

  /** The same thing, defined in one of two ways. */
  private String unit(String name) {
    return prng.chance(0.5) ? name : name + "-anew";
  }

  private Resource resource(String name, ResourceSettings settings, long timeout, String... needs) {
    return new Resource(
        name,
        settings,
        List.of(needs),
        timeout,
        timeout,
        prng.between(0, 2),
        prng.between(0, 2),
        1,
        prng.chance(0.2) ? FinalAction.STOP_GROUP : FinalAction.NONE,
        FinalAction.NONE);
  }

  private List<Monitor> monitors() {
    return List.of(
        monitor("w-app1", Monitor.When.ACTIVE, "app1", prng.chance(0.5) ? "g1" : "app1"),
        monitor("w-app2", Monitor.When.ACTIVE, "app2", prng.chance(0.5) ? "g2" : "app2"),
        monitor("w-nic", Monitor.When.ALWAYS, null, null));
  }

  private Monitor monitor(
      String name,
      Monitor.When when,
      @org.jspecify.annotations.Nullable String target,
      @org.jspecify.annotations.Nullable String recover) {
    FinalAction last =
        switch (prng.below(8)) {
          case 0 -> FinalAction.RESET;
          case 1 -> FinalAction.REBOOT;
          case 2 -> FinalAction.POWER_OFF;
          case 3, 4 -> recover == null ? FinalAction.NONE : FinalAction.STOP_GROUP;
          case 5 -> FinalAction.STOP_SERVICE;
          default -> FinalAction.NONE;
        };
    boolean script = prng.chance(0.5);
    return new Monitor(
        name,
        false,
        new MonitorSettings.Nic(name),
        servers(),
        prng.between(2L, 20L) * 100 * MS,
        SECOND,
        prng.between(0, 2),
        prng.between(0L, 10L) * 100 * MS,
        when,
        target,
        recover,
        new Monitor.Ladder(
            script ? "/script" : null,
            script ? 1 : 0,
            SECOND,
            prng.between(0, 2),
            prng.between(0, 2),
            last,
            prng.between(1L, 10L) * 100 * MS,
            10 * SECOND,
            prng.between(2L, 10L) * SECOND));
  }
}
