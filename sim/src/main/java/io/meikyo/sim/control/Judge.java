// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.control;

import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.Command;
import io.meikyo.core.cluster.DiskState;
import io.meikyo.core.cluster.GroupState;
import io.meikyo.core.cluster.Phase;
import io.meikyo.core.cluster.Proposal;
import io.meikyo.core.cluster.Reason;
import io.meikyo.core.cluster.ServerState;
import io.meikyo.core.cluster.StartMode;
import io.meikyo.core.cluster.StateCodec;
import io.meikyo.core.cluster.Verdict;
import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.mirror.SetRecord;
import io.meikyo.sim.oracle.LawBroken;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Says which law was broken, from what really happened: what acts where, what was answered, what
 * stands in the log. It reads the replicated state as values and shares no rule with the code under
 * test.
 */
final class Judge {
  /** Numbers of what is no law: a rule of the design has this added. */
  static final int RULE = 100;

  /** Members that applied the same log differ, or a value does not survive its own bytes. */
  static final int AGREEMENT = 200;

  /** The pauses of a monitor's ladder, which break its loops. */
  static final int LADDER = 300;

  private record Key(String proposer, long life, long number) {}

  private final ControlWorld w;
  private final TreeMap<Long, Integer> hashes = new TreeMap<>();
  private final Set<Key> done = new HashSet<>();
  private final Set<String> words = new HashSet<>();
  private final Instances instances;
  private ClusterState truth = ClusterState.empty(ControlWorld.GROUP);
  private long newest = -1;
  private long acknowledged;

  Judge(ControlWorld w) {
    this.w = w;
    this.instances = new Instances(w);
  }

  /** The parts of the sentence are put together only when it is needed. */
  static void check(boolean holds, int law, Object... sentence) {
    if (!holds) {
      StringBuilder all = new StringBuilder();
      for (Object part : sentence) {
        all.append(part);
      }
      throw new LawBroken(law, all.toString());
    }
  }

  /** The newest state that any member has applied. */
  ClusterState truth() {
    return truth;
  }

  // ---- the log

  void applied(
      Machine m, LogPosition at, @Nullable Proposal proposal, ClusterState state, Verdict verdict) {
    byte[] bytes = StateCodec.encode(state);
    int here = Arrays.hashCode(bytes);
    Map.Entry<Long, Integer> known = hashes.floorEntry(at.index());
    boolean same = known != null && known.getKey() == at.index();
    if (same || proposal == null) {
      // A snapshot also stands for the entries behind it that are no commands.
      check(
          known == null || known.getValue() == here,
          AGREEMENT,
          m.name,
          " has another state at ",
          at.index(),
          " than the first that was there");
      return;
    }
    hashes.put(at.index(), here);
    check(
        StateCodec.decode(bytes).equals(state),
        AGREEMENT,
        "a state is not what its bytes say: ",
        state);
    check(at.index() > newest, AGREEMENT, m.name, " is told of ", at.index(), " out of order");
    newest = at.index();
    ClusterState before = truth;
    truth = state;
    if (w.clock.tells()) {
      w.clock.tell(
          "log",
          at.index()
              + " "
              + proposal.proposer()
              + "#"
              + proposal.number()
              + " "
              + Service.brief(proposal.command())
              + " -> "
              + verdict.saying());
    }
    w.cover.hit("command", proposal.command());
    w.cover.hit("verdict/" + verdict.saying().name());
    if (once(before, proposal, state)) {
      changed(before, proposal, state);
    }
  }

  /** A command that comes twice is done once. */
  private boolean once(ClusterState before, Proposal p, ClusterState after) {
    boolean did = !before.withoutMemory().equals(after.withoutMemory());
    if (did) {
      check(
          done.add(new Key(p.proposer(), p.life(), p.number())),
          2,
          "a command was done twice: ",
          p);
    } else if (done.contains(new Key(p.proposer(), p.life(), p.number()))) {
      w.cover.hit("command applied twice");
    }
    return did;
  }

  private void changed(ClusterState before, Proposal p, ClusterState after) {
    w.backups.judge(before, p, after);
    w.offlines.judge(before, p, after);
    for (GroupState g : after.groups().values()) {
      GroupState old = before.groups().get(g.name());
      if (old != null) {
        group(before, p, old, g);
      }
    }
    for (DiskState d : after.disks().values()) {
      DiskState old = before.disks().get(d.name());
      if (old != null && !old.record().equals(d.record())) {
        disk(old, d);
      }
    }
    word(p, after);
    expected(before, p);
  }

  private void word(Proposal p, ClusterState after) {
    if (p.command() instanceof Command.Want c) {
      words.add(c.group());
    } else if (p.command() instanceof Command.Report c && c.phase() == Phase.ONLINE) {
      GroupState g = after.groups().get(c.group());
      if (g != null && g.wanted() && g.target() == null) {
        words.remove(c.group());
      }
    }
  }

  /** What names an epoch changes that epoch only. */
  private void expected(ClusterState before, Proposal p) {
    String group = null;
    long epoch = 0;
    switch (p.command()) {
      case Command.Take c -> {
        group = c.group();
        epoch = c.epoch();
      }
      case Command.TakeOver c -> {
        group = c.group();
        epoch = c.epoch();
      }
      case Command.Release c -> {
        group = c.group();
        epoch = c.epoch();
      }
      case Command.Report c -> {
        group = c.group();
        epoch = c.epoch();
      }
      default -> {}
    }
    GroupState g = group == null ? null : before.groups().get(group);
    if (g != null) {
      check(g.epoch() == epoch, 2, "taken in another epoch than it names: ", p, " at ", g);
    }
  }

  private void group(ClusterState before, Proposal p, GroupState old, GroupState now) {
    check(now.epoch() >= old.epoch(), 2, "the epoch of ", old.name(), " falls");
    if (Objects.equals(old.owner(), now.owner())) {
      return;
    }
    w.cover.hit("owner changes");
    check(now.epoch() > old.epoch(), 2, "another owner of ", old.name(), " in one epoch: ", p);
    boolean rest = before.suspension().on() || before.backup().on();
    if (rest) {
      boolean stops =
          p.command() instanceof Command.Release c
              && c.why() == Reason.SERVER_STOPS
              && (w.people.wasToldToStop(p.proposer()) || held(before, p.proposer()));
      w.cover.hit("owner changes at rest, by word");
      check(
          stops || words.contains(old.name()),
          RULE + 12,
          "at rest, and ",
          old.name(),
          " moves: ",
          p);
    }
    String owner = now.owner();
    if (owner != null && old.name().equals("g1")) {
      promoted(before.disks().get(ConfigBook.DISK), owner, "owns g1");
    }
  }

  /** It was not started at boot, since backup mode was on. */
  private static boolean held(ClusterState state, String server) {
    ServerState known = state.server(server);
    return known != null && known.startMode() == StartMode.HELD;
  }

  private void promoted(@Nullable DiskState disk, String server, String what) {
    if (disk == null) {
      return;
    }
    int replica = w.o.replicas.indexOf(server);
    SetRecord r = disk.record();
    boolean first = r.inSyncMask() == 0 && r.generation() == 0;
    DiskState.Forced word = disk.forced();
    boolean forced = word != null && word.server().equals(server);
    check(
        first || forced || (replica >= 0 && r.inSync(replica)),
        4,
        server,
        " ",
        what,
        " and is not in the set ",
        r.inSyncMask());
    ReplicaModel agent = w.machine(server).agent;
    check(
        forced || agent == null || agent.holds() >= acknowledged,
        4,
        server,
        " ",
        what,
        " and lacks write ",
        acknowledged);
  }

  private void disk(DiskState old, DiskState now) {
    SetRecord before = old.record();
    SetRecord after = now.record();
    check(after.version() == before.version() + 1, 2, "a version is left out: ", after);
    check(after.epoch() >= before.epoch(), 2, "the epoch of the mirror disk falls: ", after);
    boolean moved = after.active() != before.active();
    boolean regrouped = after.inSyncMask() != before.inSyncMask();
    if (moved || regrouped) {
      check(after.epoch() > before.epoch(), 2, "another active or set in one epoch: ", after);
    }
    if (moved && after.active() >= 0) {
      promoted(old, w.o.replicas.get(after.active()), "becomes the active");
    }
    int joined = after.inSyncMask() & ~before.inSyncMask();
    for (int i = 0; i < w.o.replicas.size(); i++) {
      ReplicaModel agent = w.machine(w.o.replicas.get(i)).agent;
      if ((joined & 1 << i) != 0 && agent != null) {
        check(
            agent.holds() >= acknowledged,
            4,
            w.o.replicas.get(i),
            " joins the set and lacks write ",
            acknowledged);
      }
    }
  }

  // ---- the mirror

  /** The last write that was answered. */
  long acknowledged() {
    return acknowledged;
  }

  /** The active has answered a write. */
  void acknowledged(Machine by, long write) {
    w.cover.hit("write answered");
    DiskState disk = truth.disks().get(ConfigBook.DISK);
    if (disk == null) {
      return;
    }
    for (int i = 0; i < w.o.replicas.size(); i++) {
      ReplicaModel agent = w.machine(w.o.replicas.get(i)).agent;
      if (disk.record().inSync(i) && agent != null) {
        check(
            agent.holds() >= write,
            3,
            by.name,
            " answers write ",
            write,
            ", and member ",
            i,
            " of the set lacks it");
      }
    }
    acknowledged = Math.max(acknowledged, write);
  }

  // ---- what acts

  /** Something of a group begins to act on a machine. */
  void acts(Machine m, String group) {
    instances.begins(m, group);
  }

  /** Something stopped acting, or may have. */
  void changed() {
    instances.look();
  }

  void wentDown(Machine m) {
    instances.down(m);
  }

  /** Nobody looks after the machine for a while. */
  void serviceDied(Machine m) {
    instances.blind(m);
  }

  /** Now and then, since pauses end and deadlines pass without an event. */
  void sweep() {
    instances.sweep();
  }
}
