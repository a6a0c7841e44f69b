// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.control;

import io.meikyo.core.cluster.ClusterNotice;
import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.Command;
import io.meikyo.core.cluster.Decision;
import io.meikyo.core.cluster.DiskState;
import io.meikyo.core.cluster.GroupState;
import io.meikyo.core.cluster.MemberRole;
import io.meikyo.core.cluster.ServerState;
import io.meikyo.core.cluster.StartMode;
import io.meikyo.core.consensus.ConsensusLog;
import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.consensus.Membership;
import io.meikyo.core.notice.Notice;
import io.meikyo.sim.Prng;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who founds the cluster, and whoever gives it commands, wise and unwise ones. */
final class People {
  private static final String SPARE = "server9";

  private final ControlWorld w;
  private final Prng prng;
  private final Set<String> toldToStop = new HashSet<>();

  People(ControlWorld w, Prng prng) {
    this.w = w;
    this.prng = prng;
  }

  // ---- founding

  /** One step nearer to a cluster of all members; true when it is there. */
  boolean found() {
    Machine first = w.machine(w.o.members.getFirst());
    Service s = first.service;
    if (s == null || s.dead) {
      return false;
    }
    ClusterState now = w.judge.truth();
    if (!now.founded()) {
      ask(s, new Command.Found(ControlWorld.CLUSTER, first.name, 1));
      return false;
    }
    for (Machine m : w.machines.values()) {
      if (now.server(m.name) == null) {
        ask(s, new Command.Admit(m.name, m.role(), 1));
        return false;
      }
    }
    if (now.config().version() == 0) {
      ask(s, new Command.PutConfig(0, w.book.next(now, "founder")));
      return false;
    }
    for (Machine m : w.machines.values()) {
      Service each = m.service;
      ServerState known = now.server(m.name);
      boolean serves = m.witness || (known != null && known.running());
      if (each == null || each.dead || !each.node.fresh() || !serves) {
        return false;
      }
    }
    return true;
  }

  /** What the new cluster lacks. */
  String missing() {
    StringBuilder all = new StringBuilder();
    for (Machine m : w.machines.values()) {
      Service s = m.service;
      all.append(m.name)
          .append(s == null || s.dead ? " dead " : s.node.fresh() ? " fresh " : " not fresh ")
          .append(w.judge.truth().server(m.name))
          .append("; ");
    }
    return all.toString();
  }

  /** Makes those vote who are admitted, one at a time; true if a change is under way now. */
  boolean addVoter(ConsensusLog log, ClusterState state, Runnable ended) {
    if (!state.founded() || !log.hint().leading()) {
      return false;
    }
    Membership now = log.membership();
    for (Machine m : w.machines.values()) {
      if (state.server(m.name) != null && !now.has(m.voter.id())) {
        List<Membership.Voter> more = new ArrayList<>(now.voters());
        more.add(m.voter);
        log.reconfigure(now, new Membership(more), 5_000_000_000L, outcome -> ended.run());
        return true;
      }
    }
    return false;
  }

  private void ask(Service s, Command command) {
    s.ask(
        command,
        verdict -> {
          if (verdict.saying() == ClusterNotice.UNDECIDED) {
            w.cover.hit("told: nobody knows");
          }
        });
  }

  // ---- everyday

  boolean wasToldToStop(String server) {
    return toldToStop.contains(server);
  }

  void begin() {
    w.clock.after(prng.exponential(w.o.peopleMean), this::act);
  }

  private void act() {
    if (w.calm) {
      return;
    }
    w.clock.after(prng.exponential(w.o.peopleMean), this::act);
    Service s = someService();
    if (s == null || w.offlines.quiet()) {
      return;
    }
    switch (prng.below(30)) {
      case 0, 1, 2, 3, 4 -> move(s);
      case 5, 6 -> {
        String group = group();
        say(s, new Command.Want(group, false, null, "operator"));
        later(() -> new Command.Want(group, true, null, "operator"));
      }
      case 7 -> say(s, new Command.Want(group(), true, null, "operator"));
      case 8, 9 -> {
        say(s, new Command.Suspend(true, "operator"));
        later(() -> new Command.Suspend(false, "operator"));
      }
      case 10, 11 -> config(s);
      case 12 -> {
        String server = server();
        toldToStop.add(server);
        say(s, new Command.SetStartMode(List.of(server), StartMode.MANUAL));
        later(() -> new Command.SetStartMode(names(), StartMode.AUTO));
      }
      case 13, 14 -> stopService(s);
      case 15, 28, 29 -> {
        w.backups.begin(s, this::told);
        if (prng.chance(0.3)) {
          later(Command.ForgetVoid::new);
        }
      }
      case 16 -> force(s);
      case 17 -> say(s, new Command.Admit(SPARE, MemberRole.SERVER, prng.between(1, 9)));
      case 18 -> say(s, new Command.Expel(SPARE));
      case 19 -> say(s, new Command.Leave());
      case 20 -> say(s, new Command.Noop());
      case 24, 25 -> {
        String group = group();
        String thing = (prng.chance(0.5) ? "app" : "fip") + group.substring(1);
        say(s, new Command.WantResource(group, thing, false, "operator"));
        later(() -> new Command.WantResource(group, thing, true, "operator"));
      }
      case 26, 27 -> {
        List<String> some = prng.chance(0.3) ? names() : List.of(server());
        List<String> monitors = prng.chance(0.5) ? List.of("w-app1", "w-app2") : List.of("w-nic");
        say(s, new Command.RestMonitors(some, monitors, true, "operator"));
        later(() -> new Command.RestMonitors(names(), monitors, false, "operator"));
      }
      case 21 -> say(s, new Command.Found(ControlWorld.CLUSTER, s.m.name, 1));
      case 22 ->
          say(
              s,
              new Command.Import(
                  w.judge.truth(), ControlWorld.GROUP, LogPosition.NONE, s.m.name, "a mistake"));
      default -> {
        // Several in a row, so that one that is late meets many newer ones.
        for (int i = 0; i < 90; i++) {
          say(s, new Command.Noop());
        }
      }
    }
  }

  private void told(Command command) {
    w.cover.hit("people", command);
  }

  private void say(Service s, @Nullable Command command) {
    if (command != null) {
      told(command);
      if (w.clock.tells()) {
        w.clock.tell("people", "to " + s.m.name + ": " + Service.brief(command));
      }
      ask(s, command);
    }
  }

  /** A word that ends what a former one began. */
  private void later(java.util.function.Supplier<Command> command) {
    w.clock.after(
        prng.exponential(6 * ControlOptions.SECOND),
        () -> {
          Service s = someService();
          if (s != null && !w.calm && !w.offlines.quiet()) {
            say(s, command.get());
          }
        });
  }

  private void move(Service s) {
    String group = group();
    say(s, new Command.Want(group, true, server(), "operator"));
  }

  private void config(Service s) {
    ClusterState seen = prng.chance(0.2) ? s.node.state() : w.judge.truth();
    if (seen.config().version() > 0) {
      say(s, new Command.PutConfig(seen.config().version(), w.book.next(seen, "operator")));
    }
  }

  private void force(Service s) {
    DiskState disk = w.judge.truth().disks().get(ConfigBook.DISK);
    if (disk != null) {
      long version = disk.record().version() - (prng.chance(0.3) ? 1 : 0);
      String server = w.o.replicas.get(prng.below(w.o.replicas.size()));
      say(s, new Command.Force(ConfigBook.DISK, server, "operator", version));
    }
  }

  private void stopService(Service s) {
    if (s.m.witness) {
      return;
    }
    w.cover.hit("service told to stop");
    s.m.held = false;
    w.clock.tell("people", "stop the service on " + s.m.name);
    toldToStop.add(s.m.name);
    s.serve(false, verdict -> w.cover.hit("service said that it has stopped"));
    w.clock.after(prng.exponential(8 * ControlOptions.SECOND), () -> startService(s.m));
  }

  /** Somebody has told its service to stop. */
  void stopped(Machine m) {
    toldToStop.add(m.name);
  }

  /** A final action may have stopped something that only the operator's word brings back. */
  void noticed(Service by, Notice what) {
    toldToStop.add(by.m.name);
    w.cover.hit("final action may have stopped something");
    w.clock.after(
        prng.exponential(10 * ControlOptions.SECOND),
        () -> {
          Service s = someService();
          if (s != null && !w.calm && what.code().equals("node.final-action")) {
            say(s, new Command.Want(group(), true, null, "operator"));
          }
          startService(by.m);
        });
  }

  private void startService(Machine m) {
    Service s = m.service;
    if (s != null && !s.dead && !w.calm && !w.offlines.quiet()) {
      m.held = false;
      w.clock.tell("people", "start the service on " + m.name);
      s.serve(true, verdict -> w.cover.hit("service said that it runs"));
    }
  }

  private @Nullable Service someService() {
    List<Service> works = new ArrayList<>();
    for (Machine m : w.machines.values()) {
      Service s = m.service;
      if (m.serviceWorks() && s != null && s.configured) {
        works.add(s);
      }
    }
    return works.isEmpty() ? null : works.get(prng.below(works.size()));
  }

  private List<String> names() {
    return w.servers().stream().map(m -> m.name).toList();
  }

  private String server() {
    List<String> names = names();
    return names.get(prng.below(names.size()));
  }

  private String group() {
    return prng.chance(0.5) ? "g1" : "g2";
  }

  // ---- at the end

  /** All is to run again; said again and again until it is so. */
  void demandAll() {
    ClusterState now = w.judge.truth();
    Service s = someService();
    if (s == null) {
      return;
    }
    if (now.suspension().on()) {
      ask(s, new Command.Suspend(false, "operator"));
    }
    w.backups.demandEnd(s);
    w.offlines.demandEnd(s);
    for (Machine m : w.servers()) {
      ServerState known = now.server(m.name);
      Service each = m.service;
      boolean itself = m.held && known != null && known.startMode() == StartMode.AUTO;
      if (itself || known == null || each == null || !m.serviceWorks()) {
        continue;
      }
      if (!known.running() || known.left()) {
        each.serve(true, verdict -> {});
      }
    }
  }

  /** The operator's last word on each group; where two may not be together, apart. */
  void wantAll() {
    Service s = someService();
    if (s == null) {
      return;
    }
    ask(s, new Command.Want("g1", true, null, "operator"));
    String away = null;
    for (Decision d : s.node.decisions().values()) {
      if (d.because().toString().contains("excluded by g2")) {
        GroupState g2 = w.judge.truth().groups().get("g2");
        for (String other : names()) {
          away = g2 != null && !other.equals(g2.owner()) ? other : away;
        }
      }
    }
    ask(s, new Command.Want("g2", true, away, "operator"));
  }
}
