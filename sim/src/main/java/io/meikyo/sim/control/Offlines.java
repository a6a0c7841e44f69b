// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.control;

import io.meikyo.core.cluster.BackupMode;
import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.Command;
import io.meikyo.core.cluster.DiskState;
import io.meikyo.core.cluster.GroupState;
import io.meikyo.core.cluster.MemberRole;
import io.meikyo.core.cluster.Proposal;
import io.meikyo.core.cluster.ServerState;
import io.meikyo.core.cluster.StartMode;
import io.meikyo.sim.Prng;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Backups for which the servers are shut down: when the operator makes one ({@link OfflineTale}),
 * and the judge of them. What must hold, whatever dies and whoever interferes:
 *
 * <ul>
 *   <li>it is begun only while no service runs and every replica is in sync; from then on each
 *       server is held until its own end is said, and then starts at boot as before;
 *   <li>a server that is held starts nothing unless it was told to by hand in this boot;
 *   <li>only the server that began it leads a mirror disk whose group is stopped;
 *   <li>images of one cut are equal, and hold all that was answered before it;
 *   <li>whoever knows the configuration says why each group does not run;
 *   <li>at the end no server is held and no flag is left.
 * </ul>
 */
final class Offlines {
  /** What a flag on a partition means (rule R14), and what is held by it. */
  private static final int MEANING = Judge.RULE + 14;

  private static final long SECOND = ControlOptions.SECOND;
  private static final long SAYS_WITHIN = 3 * SECOND;

  /** What was read off the disks of a server that was off. */
  private record Taken(String server, long holds) {}

  private final ControlWorld w;
  private final Prng prng;

  /** Servers whose service was told to run by hand, and in which boot. */
  private final Map<String, Integer> told = new HashMap<>();

  private final Map<Long, Taken> images = new HashMap<>();
  private final Map<Service, Long> mute = new HashMap<>();

  /** Start modes before, by the judge's own book. */
  private TreeMap<String, StartMode> former = new TreeMap<>();

  private final Set<String> changedByWord = new HashSet<>();
  private int underWay;

  /** The operator has taken a loss upon him. */
  private boolean forced;

  private boolean quiet;

  Offlines(ControlWorld w, Prng prng) {
    this.w = w;
    this.prng = prng;
  }

  // ---- when

  /** In some seeds; others have none, so that it hides nothing. */
  void begin() {
    if (prng.chance(0.8)) {
      w.clock.after(prng.between(SECOND, w.o.duration / 2), () -> tale(5));
    }
  }

  private void tale(int tries) {
    Machine m = w.servers().get(prng.below(w.servers().size()));
    if (w.calm || tries == 0) {
      return;
    }
    quiet = prng.chance(0.8);
    if (!OfflineTale.may(w, m) && prng.chance(0.9)) {
      w.cover.hit("offline: not now");
      quiet = false;
      w.clock.after(prng.exponential(4 * SECOND), () -> tale(tries - 1));
      return;
    }
    new OfflineTale(w, prng.fork(), m).begin();
    if (prng.chance(0.3)) {
      Machine other = w.servers().get(prng.below(w.servers().size()));
      OfflineTale second = new OfflineTale(w, prng.fork(), other);
      w.cover.hit("offline: two calls");
      w.clock.after(prng.exponential(2 * SECOND), second::begin);
    }
  }

  void begun() {
    underWay++;
  }

  void over() {
    underWay--;
  }

  /** Nobody else gives orders while it lasts, in most seeds. */
  boolean quiet() {
    return quiet && underWay > 0;
  }

  /** The service of a server is told to run or to stop, by hand. */
  void word(Machine m, boolean run) {
    if (run) {
      told.put(m.name, m.boots);
    }
  }

  /** By a word for this boot. */
  void wordForBoot(Machine m) {
    word(m, true);
  }

  private boolean toldToRun(String server) {
    return told.getOrDefault(server, -1) == w.machine(server).boots;
  }

  // ---- what was decided

  void judge(ClusterState before, Proposal p, ClusterState after) {
    forced |= p.command() instanceof Command.Force;
    BackupMode was = before.backup();
    BackupMode is = after.backup();
    if (!was.offline() && is.offline()) {
      started(before, p, after);
    } else if (was.offline()) {
      during(before, p, after);
    }
  }

  private void started(ClusterState before, Proposal p, ClusterState after) {
    w.cover.hit("offline: decided");
    former = new TreeMap<>();
    changedByWord.clear();
    for (ServerState s : before.servers().values()) {
      if (s.role() == MemberRole.SERVER) {
        Judge.check(!s.running(), MEANING, s.name(), " runs, and a backup of all begins: ", p);
        StartMode mode = s.startMode();
        former.put(s.name(), mode == StartMode.HELD ? StartMode.AUTO : mode);
        held(after, s.name(), p);
      }
    }
    DiskState disk = before.disks().get(ConfigBook.DISK);
    int all = (1 << w.o.replicas.size()) - 1;
    Judge.check(
        disk != null && disk.record().inSyncMask() == all,
        6,
        "an image of replicas that are not in sync: ",
        p);
  }

  private static void held(ClusterState s, String server, Proposal p) {
    ServerState known = s.server(server);
    Judge.check(
        known != null && known.startMode() == StartMode.HELD,
        MEANING,
        server,
        " would start at boot while its image is taken, after ",
        p);
  }

  private void during(ClusterState before, Proposal p, ClusterState after) {
    Set<String> still = after.backup().modes().keySet();
    boolean on = after.backup().offline();
    Judge.check(
        on || after.backup().equals(BackupMode.OFF), MEANING, "it is neither on nor over: ", p);
    if (p.command() instanceof Command.SetStartMode c) {
      changedByWord.addAll(c.servers());
    }
    for (String server : before.backup().modes().keySet()) {
      ServerState known = after.server(server);
      if (known == null) {
        continue; // it is no member any more
      }
      if (on && still.contains(server)) {
        held(after, server, p);
      } else {
        boolean named =
            switch (p.command()) {
              case Command.EndOffline c -> c.servers().contains(server);
              case Command.SetStartMode c -> c.servers().contains(server);
              case Command.EndBackup c -> c.cutId() == before.backup().cutId();
              case Command.Expel c -> c.server().equals(server);
              default -> false;
            };
        Judge.check(named, MEANING, server, " is let go without a word: ", p);
        Judge.check(
            changedByWord.contains(server) || known.startMode() == former.get(server),
            MEANING,
            server,
            " does not start as before: ",
            known.startMode(),
            " after ",
            p);
        w.cover.hit("offline: a server is let go");
      }
    }
    if (!on) {
      w.cover.hit("offline: over");
    }
    for (GroupState g : after.groups().values()) {
      GroupState old = before.groups().get(g.name());
      String owner = g.owner();
      if (old != null && owner != null && !owner.equals(old.owner())) {
        Judge.check(
            !before.backup().modes().containsKey(owner) || toldToRun(owner),
            MEANING,
            owner,
            " takes ",
            g.name(),
            ", and nobody has told it to run while its image may be taken");
        w.cover.hit("offline: started by hand");
      }
    }
    led(before, p, after);
  }

  /** Whoever leads while its group is stopped takes the cut, and nobody else may. */
  private void led(ClusterState before, Proposal p, ClusterState after) {
    DiskState old = before.disks().get(ConfigBook.DISK);
    DiskState now = after.disks().get(ConfigBook.DISK);
    GroupState group = before.groups().get("g1");
    if (old == null || now == null || group == null || group.owner() != null) {
      return;
    }
    int active = now.record().active();
    if (active >= 0 && active != old.record().active()) {
      String server = w.o.replicas.get(active);
      boolean forced = old.forced() != null && server.equals(p.proposer());
      boolean runs = before.servers().values().stream().anyMatch(ServerState::running);
      Judge.check(
          forced || (server.equals(before.backup().server()) && !runs),
          2,
          server,
          " leads a mirror disk whose group is stopped, beside the backup of ",
          before.backup().server());
      w.cover.hit("offline: leads for the cut");
    }
  }

  // ---- what is so at any time

  void sweep() {
    BackupMode b = w.judge.truth().backup();
    int leads = -1;
    long epoch = 0;
    for (Machine m : w.servers()) {
      ReplicaModel agent = m.agent;
      if (agent != null && agent.alive() && agent.leads()) {
        Judge.check(
            leads < 0 || epoch != agent.epoch(), 2, "two lead in epoch ", epoch, ": ", m.name);
        leads = m.replica;
        epoch = agent.epoch();
      }
      if (b.offline()) {
        idle(m, b);
        says(m);
      }
    }
  }

  /** Booted while its image may be taken: nothing acts, whatever it has believed so far. */
  private void idle(Machine m, BackupMode b) {
    boolean now = m.powered && m.bootedHeld && b.modes().containsKey(m.name);
    if (now && !toldToRun(m.name)) {
      Judge.check(
          m.things.acting().isEmpty(),
          MEANING,
          m.name,
          " was booted to be imaged, and acts: ",
          m.things.acting());
      w.cover.hit("offline: booted, and starts nothing");
    }
  }

  private void says(Machine m) {
    Service s = m.service;
    if (s == null) {
      return;
    }
    if (!m.serviceWorks() || !s.configured || !s.node.fresh()) {
      mute.remove(s);
      return;
    }
    boolean all = s.node.decisions().keySet().containsAll(w.judge.truth().groups().keySet());
    if (all) {
      mute.remove(s);
      w.cover.hit("offline: says why");
    } else {
      long since = mute.computeIfAbsent(s, x -> w.now());
      Judge.check(
          w.now() - since < SAYS_WITHIN, 10, m.name, " does not say why a group does not run");
    }
  }

  // ---- images

  /** The disks of a server that is off are read. */
  void image(Machine m) {
    ReplicaModel agent = m.agent;
    if (agent == null || m.powered || !agent.still().marked()) {
      return;
    }
    w.cover.hit("offline: image taken");
    Taken first = images.putIfAbsent(agent.still().cut(), new Taken(m.name, agent.holds()));
    Judge.check(
        first == null || first.holds == agent.holds(),
        6,
        "images of one cut differ: ",
        first,
        " and ",
        m.name,
        " with ",
        agent.holds());
  }

  /** The cut stands, and what it holds is known. */
  void sealed(long cut, String server, long holds) {
    w.cover.hit("offline: sealed");
    images.put(cut, new Taken(server, holds));
    Judge.check(
        forced || holds >= w.judge.acknowledged(), 1, "an image lacks what was answered: ", holds);
  }

  // ---- at the end

  /** The operator ends what is left, on every server. */
  void demandEnd(Service s) {
    BackupMode b = w.judge.truth().backup();
    if (b.offline()) {
      w.cover.hit("offline: ended at last");
      s.ask(new Command.EndOffline(java.util.List.copyOf(b.modes().keySet())), verdict -> {});
    }
    for (Machine m : w.servers()) {
      ReplicaModel agent = m.agent;
      if (agent != null && !b.on()) {
        GroupState g1 = w.judge.truth().groups().get("g1");
        if (agent.works() && agent.isActive() && (g1 == null || !g1.ownedBy(m.name))) {
          agent.rest(); // an interrupted begin has left it so
        }
        agent.still().flagOff();
      }
    }
  }

  /** What is still there of it; empty if nothing is. */
  String left() {
    StringBuilder all = new StringBuilder();
    ClusterState s = w.judge.truth();
    if (s.backup().offline()) {
      all.append("servers are shut down for a backup: ").append(s.backup()).append("; ");
    }
    if (s.backup().on()) {
      return all.toString();
    }
    for (ServerState v : s.servers().values()) {
      if (v.startMode() == StartMode.HELD) {
        all.append(v.name()).append(" is held; ");
      }
    }
    for (Machine m : w.servers()) {
      ReplicaModel agent = m.agent;
      if (agent != null && !agent.isActive() && agent.still().flagged()) {
        all.append(m.name).append(" has its flag on; ");
      }
    }
    return all.toString();
  }
}
