// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.cluster.config.Arbitration;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.FinalAction;
import io.meikyo.core.cluster.config.Group;
import io.meikyo.core.cluster.config.Hooks;
import io.meikyo.core.cluster.config.Mode;
import io.meikyo.core.cluster.config.Ports;
import io.meikyo.core.cluster.config.Resource;
import io.meikyo.core.cluster.config.ResourceSettings;
import io.meikyo.core.cluster.config.SelfFencing;
import io.meikyo.core.cluster.config.Timing;
import io.meikyo.core.cluster.config.Witness;
import io.meikyo.core.mirror.SetRecord;
import io.meikyo.core.partition.CutStatus;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** A founded cluster of server1 and server2 with group g and mirror disk md, for tests. */
final class Sample {
  static final UUID GROUP = new UUID(7, 8);
  static final UUID CLUSTER = new UUID(1, 2);
  static final UUID DISK = new UUID(3, 4);
  static final long SECOND = 1_000_000_000L;

  private long number;
  ClusterState state = ClusterState.empty(GROUP);
  Verdict last = Verdict.done(ClusterNotice.DONE);

  /** Founded, both admitted and running, configured; nobody owns the group. */
  static Sample cluster() {
    return of(Map.of("g", G));
  }

  /** The same with a group h that has no mirror disk. */
  static Sample twoGroups() {
    ConfigState.GroupFacts plain =
        new ConfigState.GroupFacts(List.of("server1", "server2"), List.of(), true);
    return of(Map.of("g", G, "h", plain));
  }

  private static final ConfigState.GroupFacts G =
      new ConfigState.GroupFacts(List.of("server1", "server2"), List.of("md"), true);

  private static Sample of(Map<String, ConfigState.GroupFacts> groups) {
    Sample s = new Sample();
    s.by("server1", new Command.Found(CLUSTER, "server1", 1));
    s.by("server1", new Command.Admit("server2", MemberRole.SERVER, 1));
    ConfigState config =
        new ConfigState(
            1,
            "text",
            new TreeMap<>(groups),
            new TreeMap<>(
                Map.of("md", new ConfigState.DiskFacts(DISK, List.of("server1", "server2")))),
            "me");
    s.by("server1", new Command.PutConfig(0, config));
    s.by("server1", new Command.Running(true));
    s.by("server2", new Command.Running(true));
    return s;
  }

  Verdict by(String server, Command command) {
    return put(new Proposal(server, 1, ++number, 0, command));
  }

  Verdict put(Proposal p) {
    Proposal travelled = ProposalCodec.decode(ProposalCodec.encode(p));
    Rules.Step step = Rules.apply(state, travelled);
    state = StateCodec.decode(StateCodec.encode(step.state()));
    last = step.verdict();
    return last;
  }

  GroupState g() {
    return state.groups().get("g");
  }

  SetRecord record() {
    return state.disks().get("md").record();
  }

  /** The record that follows with this active and set, as a mirror agent would propose it. */
  SetRecord next(int active, int mask) {
    SetRecord now = record();
    boolean changed = active != now.active() || mask != now.inSyncMask();
    return new SetRecord(
        now.groupId(),
        now.version() + 1,
        now.epoch() + (changed ? 1 : 0),
        active,
        mask,
        now.generation() == 0 ? 5 : now.generation(),
        now.stamps(),
        ++number + 1000,
        0,
        0,
        now.cutStatus());
  }

  /** The record that restored replicas ask for; the same as long as nothing else is decided. */
  SetRecord paired(int mask) {
    SetRecord now = record();
    return new SetRecord(
        now.groupId(),
        now.version() + 1,
        now.epoch() + 1,
        -1,
        mask,
        now.generation() + 77,
        now.stamps(),
        now.version() + 5000,
        0,
        99,
        CutStatus.PROVEN);
  }

  /** server1 owns the group and is active, both are in sync. */
  static Sample running() {
    Sample s = cluster();
    s.by("server1", new Command.Take("g", s.g().epoch(), Reason.AUTO_START));
    s.by("server1", new Command.DecideSet("md", s.next(0, 1)));
    s.by("server1", new Command.DecideSet("md", s.next(0, 3)));
    return s;
  }

  /** server2 owns the group and is active, both are in sync. */
  static Sample runningOn2() {
    Sample s = running();
    s.by("server1", new Command.DecideSet("md", s.next(-1, 3)));
    s.by("server1", new Command.Release("g", s.g().epoch(), false, "server2", Reason.OPERATOR));
    s.by("server2", new Command.Take("g", s.g().epoch(), Reason.OPERATOR));
    s.by("server2", new Command.DecideSet("md", s.next(1, 3)));
    return s;
  }

  static ClusterConfig config(Group... groups) {
    return new ClusterConfig(
        "sample",
        false,
        List.of(),
        new Witness.None(),
        new Arbitration.None(),
        new Timing(
            Timing.Profile.FAST,
            200_000_000L,
            600_000_000L,
            SECOND,
            200_000_000L,
            SECOND,
            2 * SECOND,
            5 * SECOND),
        new SelfFencing(SECOND, SECOND, SelfFencing.LastResort.SYSRQ),
        new Ports(1, 2, 3, 4),
        List.of(),
        List.of(groups),
        List.of(),
        new Hooks(null, null, SECOND));
  }

  static Resource resource(String name, String... needs) {
    return new Resource(
        name,
        new ResourceSettings.Service(name + ".service"),
        List.of(needs),
        SECOND,
        SECOND,
        1,
        0,
        1,
        FinalAction.NONE,
        FinalAction.NONE);
  }

  static Group group(Resource... resources) {
    return new Group(
        "g",
        Mode.AUTO,
        Mode.AUTO,
        Mode.MANUAL,
        List.of("server1", "server2"),
        3,
        3600 * SECOND,
        List.of(),
        SECOND,
        List.of(),
        List.of(resources));
  }
}
