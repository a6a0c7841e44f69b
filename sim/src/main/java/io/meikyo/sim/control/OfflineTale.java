// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.control;

import io.meikyo.core.cluster.BackupMode;
import io.meikyo.core.cluster.ClusterNotice;
import io.meikyo.core.cluster.Command;
import io.meikyo.core.cluster.DiskState;
import io.meikyo.core.cluster.GroupState;
import io.meikyo.core.cluster.ServerState;
import io.meikyo.core.cluster.StartMode;
import io.meikyo.sim.Prng;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * One backup with the servers shut down, as the runbook's commands make it: all services stopped,
 * the word to the cluster, the cut on the first server, power off, images, power on, the end on
 * each. A step that fails takes those before it back; the operator may be interrupted anywhere, and
 * comes back later for the end.
 */
final class OfflineTale {
  private static final long SECOND = ControlOptions.SECOND;
  private static final long LOOK = 100 * ControlOptions.MS;
  private static final long PATIENCE = 15 * SECOND;

  private final ControlWorld w;
  private final Prng prng;
  private final Machine first;
  private final long cut;
  private final List<Machine> stopped = new ArrayList<>();

  /** It was decided, or nobody knows whether it was. */
  private boolean perhapsBegun;

  private boolean over;

  OfflineTale(ControlWorld w, Prng prng, Machine first) {
    this.w = w;
    this.prng = prng;
    this.first = first;
    this.cut = prng.next() | 1;
  }

  /** Whether the command begins at all: every server is there, and each replica in sync. */
  static boolean may(ControlWorld w, Machine first) {
    DiskState disk = w.judge.truth().disks().get(ConfigBook.DISK);
    BackupMode backup = w.judge.truth().backup();
    boolean all = disk != null && first.agent != null && !backup.on() && !backup.offline();
    for (Machine m : w.servers()) {
      all &= m.serviceWorks();
      all &= m.replica < 0 || (disk != null && disk.record().inSync(m.replica));
    }
    return all;
  }

  private void tell(String what) {
    if (w.clock.tells()) {
      w.clock.tell("people", "shut down for a backup from " + first.name + ": " + what);
    }
  }

  /** Goes on, unless the operator is interrupted here. */
  private void then(Runnable next) {
    if (w.calm || over) {
      end();
    } else if (prng.chance(0.03)) {
      w.cover.hit("offline: interrupted");
      tell("interrupted");
      later(4 * SECOND, this::back);
    } else {
      next.run();
    }
  }

  private void later(long mean, Runnable next) {
    w.clock.after(
        prng.exponential(mean),
        () -> {
          if (w.calm) {
            end();
          } else {
            next.run();
          }
        });
  }

  private void end() {
    if (!over) {
      over = true;
      w.offlines.over();
    }
  }

  /** Looks again and again. */
  private void until(BooleanSupplier done, long patience, Runnable next, Runnable otherwise) {
    if (done.getAsBoolean()) {
      then(next);
    } else if (patience <= 0) {
      otherwise.run();
    } else {
      later(LOOK, () -> until(done, patience - LOOK, next, otherwise));
    }
  }

  /** An order to a service, which may die over it: then it is taken for failed in the end. */
  private void order(Machine m, Consumer<Service> what, BooleanSupplier done, Runnable next) {
    Service s = m.service;
    if (s == null || !m.serviceWorks()) {
      undo();
      return;
    }
    what.accept(s);
    until(done, PATIENCE, next, this::undo);
  }

  // ---- begin

  void begin() {
    if (w.calm) {
      return;
    }
    w.offlines.begun();
    tell("begins");
    List<String> owners = new ArrayList<>();
    for (GroupState g : w.judge.truth().groups().values()) {
      if (g.owner() != null) {
        owners.add(g.owner());
      }
    }
    List<Machine> all = new ArrayList<>(w.servers());
    all.sort(Comparator.comparingInt(m -> owners.contains(m.name) ? 1 : 0));
    if (prng.chance(0.15)) {
      all.removeLast(); // one that was not seen to run
    }
    stop(all);
  }

  private void stop(List<Machine> left) {
    if (left.isEmpty()) {
      mark();
      return;
    }
    Machine m = left.getFirst();
    List<Machine> more = left.subList(1, left.size());
    if (!runs(m)) {
      stop(more);
      return;
    }
    stopped.add(m);
    order(
        m,
        s -> {
          m.held = false;
          w.people.stopped(m);
          s.serve(false, verdict -> {});
        },
        () -> !runs(m),
        () -> stop(more));
  }

  private boolean runs(Machine m) {
    ServerState known = w.judge.truth().server(m.name);
    return known != null && known.running();
  }

  private void mark() {
    Service s = first.service;
    if (s == null || !first.serviceWorks() || first.agent == null) {
      undo();
      return;
    }
    if (prng.chance(0.4)) {
      goesDown();
    }
    boolean[] answered = {false};
    w.clock.after(PATIENCE, () -> answer(answered, this::undo));
    perhapsBegun = true;
    Command begin = new Command.BeginOffline("operator", cut);
    w.cover.hit("people", begin);
    s.ask(
        begin,
        verdict ->
            answer(
                answered,
                () -> {
                  // Refused: there is nothing of ours to end, perhaps somebody else's.
                  perhapsBegun = verdict.taken() || verdict.saying() == ClusterNotice.UNDECIDED;
                  tell(verdict.saying().name());
                  if (verdict.taken()) {
                    w.cover.hit("offline: begun");
                    meddle();
                    then(this::lead);
                  } else {
                    w.cover.hit("offline: refused");
                    undo();
                  }
                }));
  }

  /** Another server goes down before it can hear of it, and comes back. */
  private void goesDown() {
    List<Machine> others = w.servers().stream().filter(m -> m != first).toList();
    Machine m = others.get(prng.below(others.size()));
    if (m.powered && m.startMode == StartMode.AUTO) {
      w.cover.hit("offline: a server has not heard of it");
      m.powerOff("before it hears of a backup");
      w.clock.after(prng.exponential(2 * SECOND), m::powerOn);
    }
  }

  /** The first answer counts. */
  private static void answer(boolean[] answered, Runnable what) {
    if (!answered[0]) {
      answered[0] = true;
      what.run();
    }
  }

  /** Somebody else wants to lead meanwhile, by hand; not for long. */
  private void meddle() {
    List<Machine> others = w.servers().stream().filter(m -> m != first).toList();
    ReplicaModel other = others.get(prng.below(others.size())).agent;
    if (other == null || !prng.chance(0.7)) {
      return;
    }
    w.clock.after(
        prng.exponential(2 * SECOND),
        () -> {
          if (other.isAtRest()) {
            w.cover.hit("offline: another wants to lead");
            other.activate();
            w.clock.after(prng.exponential(SECOND), other::rest);
          }
        });
  }

  private ReplicaModel agent() {
    ReplicaModel agent = first.agent;
    if (agent == null) {
      throw new IllegalStateException(first.name + " has no replica");
    }
    return agent;
  }

  private void lead() {
    until(
        () -> {
          if (agent().works() && !agent().isActive()) {
            agent().activate();
          }
          return agent().works() && agent().isActive();
        },
        PATIENCE,
        this::hold,
        this::undo);
  }

  private void hold() {
    // Some are so short that they end on their way.
    long nanos = prng.chance(0.4) ? prng.exponential(SECOND / 20) : prng.between(1L, 30L) * SECOND;
    until(() -> agent().still().hold(cut, nanos), PATIENCE, this::seal, this::undo);
  }

  private void seal() {
    if (!agent().still().seal(cut)) {
      undo();
      return;
    }
    until(
        () -> agent().still().sealed(cut) || !agent().still().held(cut),
        PATIENCE,
        () -> {
          if (agent().still().sealed(cut)) {
            tell("sealed");
            off();
          } else {
            w.cover.hit("offline: the hold did not last");
            undo();
          }
        },
        this::undo);
  }

  // ---- images

  private void off() {
    down(first, "the first server is shut down");
    for (Machine m : w.servers()) {
      ReplicaModel agent = m.agent;
      if (m == first) {
        continue;
      }
      boolean ready = agent == null || agent.still().marked();
      if (!ready) {
        w.cover.hit("offline: no image to be taken there");
      } else if (prng.chance(0.9)) {
        w.clock.after(prng.exponential(SECOND), () -> down(m, "another server is shut down"));
      }
    }
    later(3 * SECOND, () -> images(3));
  }

  private void down(Machine m, String why) {
    if (!w.calm && m.powered) {
      m.powerOff(why);
    }
  }

  private void images(int times) {
    w.servers().forEach(w.offlines::image);
    if (times > 0) {
      later(SECOND, () -> images(times - 1));
      return;
    }
    for (Machine m : w.servers()) {
      w.clock.after(prng.exponential(2 * SECOND), m::powerOn);
    }
    if (prng.chance(0.3)) {
      w.cover.hit("offline: forgotten");
      end();
    } else {
      later(5 * SECOND, this::back);
    }
  }

  // ---- the end

  /** The end on each server. */
  private void back() {
    for (Machine m : w.servers()) {
      if (!m.powered) {
        m.powerOn();
      }
    }
    post(new ArrayList<>(w.servers()));
  }

  private void post(List<Machine> left) {
    if (left.isEmpty() || w.calm) {
      end();
      return;
    }
    Machine m = left.getFirst();
    Runnable next = () -> later(2 * SECOND, () -> post(left.subList(1, left.size())));
    boolean ends = w.judge.truth().backup().modes().containsKey(m.name);
    if (!ends || !w.judge.truth().backup().offline()) {
      if (!runs(m) && m.serviceWorks() && m.service != null) {
        serve(m);
      }
      next.run();
      return;
    }
    int how = prng.below(10);
    ReplicaModel agent = m.agent;
    until(
        () -> {
          GroupState g1 = w.judge.truth().groups().get("g1");
          boolean runs = g1 != null && g1.ownedBy(m.name);
          if (agent != null && agent.works() && agent.isActive() && !runs) {
            agent.rest(); // an interrupted begin has left it so
          }
          return agent == null || agent.still().flagOff();
        },
        PATIENCE,
        () -> said(m, how, next),
        next);
  }

  private void said(Machine m, int how, Runnable next) {
    Service s = m.service;
    if (how == 3 || how == 5 || s == null || !m.serviceWorks()) {
      restored(m);
      next.run();
      return;
    }
    Command end =
        switch (how) {
          case 0 ->
              new Command.EndBackup(w.judge.truth().backup().cutId(), BackupMode.Outcome.GOOD);
          case 1, 2 -> new Command.SetStartMode(List.of(m.name), StartMode.AUTO);
          default -> new Command.EndOffline(List.of(m.name));
        };
    w.cover.hit("people", end);
    tell("end on " + m.name + " by " + end);
    boolean[] answered = {false};
    w.clock.after(PATIENCE, () -> answer(answered, next));
    s.ask(
        end,
        verdict ->
            answer(
                answered,
                () -> {
                  if (how % 2 == 0) {
                    m.powerOff("reboot at the end");
                    m.powerOn();
                  } else if (verdict.taken()) {
                    serve(m);
                  }
                  next.run();
                }));
  }

  /** The cluster cannot be asked: a word on this server alone, for its next boot. */
  private void restored(Machine m) {
    w.cover.hit("offline: a word for the next boot");
    m.nextStart = prng.chance(0.8) ? StartMode.AUTO : StartMode.MANUAL;
    m.powerOff("reboot after a restore");
    m.powerOn();
  }

  private void serve(Machine m) {
    Service s = m.service;
    if (s != null) {
      m.held = false;
      s.serve(true, verdict -> {});
    }
  }

  // ---- back

  private void undo() {
    if (over || w.calm) {
      end();
      return;
    }
    BackupMode now = w.judge.truth().backup();
    if (!perhapsBegun && now.offline() && now.cutId() != cut) {
      w.cover.hit("offline: another one's, and left to it");
      end();
      return;
    }
    w.cover.hit("offline: taken back");
    tell("taken back");
    if (perhapsBegun) {
      ReplicaModel agent = first.agent;
      if (agent != null && agent.works()) {
        agent.rest();
        agent.still().flagOff();
      }
      Service s = first.service;
      if (s != null && first.serviceWorks()) {
        TreeSet<String> all = new TreeSet<>(now.modes().keySet());
        w.servers().forEach(m -> all.add(m.name));
        s.ask(new Command.EndOffline(List.copyOf(all)), verdict -> {});
      }
    }
    for (Machine m : stopped.reversed()) {
      if (m.serviceWorks()) {
        serve(m);
      }
    }
    end();
  }
}
