// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.control;

import io.meikyo.core.cluster.ClusterNotice;
import io.meikyo.core.cluster.GroupRunner;
import io.meikyo.core.cluster.NodeEvent;
import io.meikyo.core.cluster.config.Resource;
import io.meikyo.core.cluster.config.ResourceSettings;
import io.meikyo.core.notice.Notice;
import io.meikyo.sim.Prng;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The resources of one machine: slow, failing, hanging, dying. They outlive the service, and go
 * down with the machine. A resource acts from the beginning of its start until its stop has ended
 * well; what a failed start leaves may act.
 */
final class Things {
  private static final class Thing {
    final String group;
    boolean acts;
    boolean works = true;
    long operation;

    Thing(String group) {
      this.group = group;
    }
  }

  private final Machine m;
  private final ControlWorld w;
  private final Prng prng;
  private final Map<String, Thing> all = new TreeMap<>();
  private long operations;
  private @Nullable MirrorTask mirrorTask;

  Things(Machine m, Prng prng) {
    this.m = m;
    this.w = m.w;
    this.prng = prng;
  }

  private Thing thing(String group, String name) {
    return all.computeIfAbsent(name, n -> new Thing(group));
  }

  /** Groups of which something acts here, mirror disks left out: those are fenced by epochs. */
  Set<String> acting() {
    Set<String> groups = new TreeSet<>();
    for (Thing t : all.values()) {
      if (t.acts) {
        groups.add(t.group);
      }
    }
    return groups;
  }

  /** True if something of this group acts here. */
  boolean acts(String group) {
    return all.values().stream().anyMatch(t -> t.acts && t.group.equals(group));
  }

  /** True if all these act and work. */
  boolean whole(Set<String> names) {
    return names.stream()
        .allMatch(n -> {
          Thing t = all.get(n);
          return t != null && t.acts && t.works;
        });
  }

  /** What is found running when a service starts. */
  boolean found(Resource r) {
    if (r.settings() instanceof ResourceSettings.Md) {
      ReplicaModel agent = m.agent;
      return agent != null && agent.isActive();
    }
    Thing t = all.get(r.name());
    return t != null && t.acts;
  }

  // ---- tasks

  /** Begins a task; its end is told exactly once, if this boot lives so long. */
  void run(Service by, String group, Resource r, GroupRunner.Task task, Consumer<NodeEvent> end) {
    w.cover.hit("task/" + task.act());
    Consumer<Boolean> ended =
        well -> {
          if (!well) {
            w.cover.hit("task failed/" + task.act());
          }
          Notice said = well ? null : Notice.of(ClusterNotice.UNKNOWN_DISK, r.name());
          end.accept(new NodeEvent.TaskEnded(group, task.number(), well, said));
        };
    if (r.settings() instanceof ResourceSettings.Md) {
      mirror(by, task, ended);
      return;
    }
    Thing t = thing(group, r.name());
    long mine = ++operations;
    t.operation = mine;
    switch (task.act()) {
      case START -> start(t, mine, task, ended);
      case STOP -> stop(t, mine, task, w.o.stopMean, w.o.stopFails, w.o.hangs, ended);
      case STOP_HARD ->
          stop(t, mine, task, 20 * ControlOptions.MS, w.o.hardFails, w.o.hardFails / 2, ended);
    }
  }

  private boolean bad(double chance) {
    return !w.calm && prng.chance(chance);
  }

  private void start(Thing t, long mine, GroupRunner.Task task, Consumer<Boolean> ended) {
    t.acts = true;
    m.arm();
    w.judge.acts(m, t.group);
    boolean hangs = bad(w.o.hangs);
    boolean fails = hangs || bad(w.o.startFails);
    boolean leaves = prng.chance(0.5);
    long takes = hangs ? task.timeout() : Math.min(task.timeout(), prng.exponential(w.o.startMean));
    m.after(
        takes,
        () -> {
          if (t.operation == mine) {
            t.works |= !fails;
            t.acts = !fails || leaves;
            w.judge.changed();
          }
          ended.accept(!fails && t.operation == mine);
        });
  }

  private void stop(
      Thing t,
      long mine,
      GroupRunner.Task task,
      long mean,
      double failing,
      double hanging,
      Consumer<Boolean> ended) {
    boolean hangs = bad(hanging);
    boolean fails = hangs || bad(failing);
    long takes = hangs ? task.timeout() : Math.min(task.timeout(), prng.exponential(mean));
    m.after(
        takes,
        () -> {
          // Whoever stops it by force goes on even if a gentle stop was begun after it.
          boolean counts = t.operation == mine || task.act() == GroupRunner.Act.STOP_HARD;
          if (!fails && counts) {
            t.acts = false;
            t.works = true;
            w.judge.changed();
          }
          ended.accept(!fails && counts);
        });
  }

  private void mirror(Service by, GroupRunner.Task task, Consumer<Boolean> ended) {
    ReplicaModel agent = m.agent;
    if (agent == null) {
      ended.accept(false);
      return;
    }
    MirrorTask other = mirrorTask;
    if (other != null && task.act() == GroupRunner.Act.STOP_HARD) {
      other.cancel();
    }
    MirrorTask mine = new MirrorTask(by, agent, task, ended);
    mirrorTask = mine;
    mine.begin();
  }

  // ---- monitors and faults

  /** Whether a monitor finds it well. */
  boolean well(String name) {
    Thing t = all.get(name);
    return t != null && t.acts && t.works;
  }

  /** Something that runs stops doing its work. Returns false if nothing runs. */
  boolean die() {
    for (Thing t : all.values()) {
      if (t.acts && t.works && prng.chance(0.5)) {
        t.works = false;
        return true;
      }
    }
    return false;
  }

  /** The machine is off. */
  void gone() {
    all.clear();
  }
}
