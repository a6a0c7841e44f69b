// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.control;

import io.meikyo.core.cluster.BackupMode;
import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.Command;
import io.meikyo.core.cluster.DiskState;
import io.meikyo.core.cluster.NodeEvent;
import io.meikyo.core.cluster.Proposal;
import io.meikyo.core.cluster.Verdict;
import io.meikyo.sim.Prng;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * An online backup as the service of the active server carries it out: backup mode, then the hold
 * in the mirror agent, then the word that it stands; and, unless somebody dies or forgets, the
 * release and the end. What was decided is judged by what the hold's own agent went through.
 */
final class Backups {
  private static final long SECOND = ControlOptions.SECOND;

  private final ControlWorld w;
  private final Prng prng;

  Backups(ControlWorld w, Prng prng) {
    this.w = w;
    this.prng = prng;
  }

  /** The operator begins one, on the server where the mirror disk is active or on another one. */
  void begin(Service s, Consumer<Command> said) {
    String active = activeServer();
    Service on = active == null || prng.chance(0.1) ? s : w.machine(active).service;
    if (on == null || on.dead || on.m.witness) {
      return;
    }
    long cut = prng.next() | 1;
    long max = prng.between(1, 20) * SECOND;
    TreeMap<String, String> disks = new TreeMap<>();
    disks.put(ConfigBook.DISK, on.m.name);
    Command begin = new Command.BeginBackup("operator", cut, max / 1_000_000, disks);
    said.accept(begin);
    on.post(new NodeEvent.Carries(cut));
    on.ask(
        begin,
        verdict -> {
          if (verdict.taken()) {
            w.clock.after(prng.exponential(SECOND / 2), () -> hold(on, cut, max));
          } else {
            end(on, cut, BackupMode.Outcome.UNDONE);
          }
        });
  }

  private @org.jspecify.annotations.Nullable String activeServer() {
    DiskState disk = w.judge.truth().disks().get(ConfigBook.DISK);
    int active = disk == null ? -1 : disk.record().active();
    return active < 0 ? null : w.o.replicas.get(active);
  }

  private void hold(Service on, long cut, long max) {
    ReplicaModel agent = on.m.agent;
    if (on.dead || agent == null) {
      return;
    }
    if (!agent.still().hold(cut, max)) {
      w.cover.hit("backup: hold refused");
      end(on, cut, BackupMode.Outcome.UNDONE);
      return;
    }
    on.ask(
        new Command.BackupStands(cut),
        verdict -> {
          stood(on, cut, verdict);
          on.post(new NodeEvent.Carries(0));
        });
  }

  private void stood(Service on, long cut, Verdict verdict) {
    if (on.dead) {
      return;
    }
    if (!verdict.taken()) {
      ReplicaModel agent = on.m.agent;
      if (agent != null) {
        agent.still().release(cut);
      }
      end(on, cut, BackupMode.Outcome.UNDONE);
      return;
    }
    w.cover.hit("backup: stands");
    if (prng.chance(0.3)) {
      w.cover.hit("backup: forgotten");
      return;
    }
    w.clock.after(prng.exponential(8 * SECOND), () -> release(on, cut));
  }

  private void release(Service on, long cut) {
    ReplicaModel agent = on.m.agent;
    if (on.dead || agent == null || !agent.works()) {
      return;
    }
    boolean good = agent.still().release(cut);
    w.cover.hit(good ? "backup: good" : "backup: void");
    if (prng.chance(0.8)) {
      end(on, cut, good ? BackupMode.Outcome.GOOD : BackupMode.Outcome.VOID);
    } else {
      w.cover.hit("backup: nobody says that it is over");
    }
  }

  private static void end(Service on, long cut, BackupMode.Outcome outcome) {
    on.post(new NodeEvent.Carries(0));
    on.ask(new Command.EndBackup(cut, outcome), verdict -> {});
  }

  /** What was applied. */
  void judge(ClusterState before, Proposal p, ClusterState after) {
    BackupMode was = before.backup();
    if (!was.on() || !(p.command() instanceof Command.EndBackup end)) {
      return;
    }
    if (end.cutId() == was.cutId() && !after.backup().on()) {
      String server = was.disks().get(ConfigBook.DISK);
      ReplicaModel agent = server == null ? null : w.machine(server).agent;
      Judge.check(
          end.outcome() != BackupMode.Outcome.GOOD
              || (agent != null && agent.still().wasGood(was.cutId())),
          Judge.RULE + 11,
          "said to be good, and the hold had ended before: ",
          p);
    }
  }

  /**
   * Nobody is left who has seen it begin: only then the operator has to end it. Else it must end by
   * itself.
   */
  void demandEnd(Service s) {
    BackupMode b = w.judge.truth().backup();
    boolean witnessed = false;
    for (Machine m : w.servers()) {
      Service each = m.service;
      witnessed |= m.serviceWorks() && each != null && each.node.serves();
    }
    if (b.on() && !witnessed) {
      w.cover.hit("backup: ended by word after all have booted");
      s.ask(new Command.EndBackup(b.cutId(), BackupMode.Outcome.VOID), verdict -> {});
    }
  }
}
