// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.control;

import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.Decision;
import io.meikyo.core.cluster.GroupState;
import io.meikyo.core.cluster.Phase;
import io.meikyo.sim.SeedRun;
import io.meikyo.sim.cover.Coverage;
import io.meikyo.sim.oracle.LawBroken;
import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * One seed of the control plane: a cluster is founded, lives under faults and people for a while;
 * then all faults end, and every group must run, in bounded time.
 */
public final class ControlRun {
  private static final long SECOND = ControlOptions.SECOND;
  private static final long FOUNDING = 120 * SECOND;
  private static final long HEALING = 240 * SECOND;
  private static final long SWEEP = 40 * ControlOptions.MS;

  private final ControlWorld w;

  private ControlRun(ControlWorld w) {
    this.w = w;
  }

  /** Runs a seed; {@code storyLines}: how many of the last lines to keep, 0 for none. */
  public static SeedRun.Result run(long seed, Coverage cover, int storyLines) {
    ControlWorld w = new ControlWorld(seed, cover, storyLines);
    SeedRun.Failure failure = null;
    try {
      new ControlRun(w).all();
    } catch (LawBroken e) {
      failure = new SeedRun.Failure(e.law(), String.valueOf(e.getMessage()), trace(e));
    } catch (RuntimeException | StackOverflowError e) {
      failure = new SeedRun.Failure(-1, e.toString(), trace(e));
    }
    if (failure != null) {
      w.clock.tell("----", "FAILED " + name(failure) + ": " + failure.reason());
    }
    return new SeedRun.Result(
        seed, w.clock.events(), w.clock.hash(), false, failure, w.clock.lines());
  }

  /** Short name of what was broken. */
  public static String name(SeedRun.Failure f) {
    return switch (f.law()) {
      case Judge.AGREEMENT -> "agreement";
      case Judge.LADDER -> "rule of the ladder";
      default -> f.law() > Judge.RULE ? "rule R" + (f.law() - Judge.RULE) : f.name();
    };
  }

  /** What the seed breaks, in a line that begins with the law or rule; nothing if nothing. */
  public static String brief(long seed) {
    SeedRun.Failure f = run(seed, new Coverage(), 0).failure();
    return f == null ? "" : name(f) + ": " + f.reason();
  }

  /** The fault model of a seed, in words. */
  public static String describe(long seed) {
    return new ControlWorld(seed, new Coverage(), 0).o.describe();
  }

  private static String trace(Throwable e) {
    StringWriter s = new StringWriter();
    e.printStackTrace(new PrintWriter(s));
    return s.toString();
  }

  private void all() {
    w.machines.values().forEach(Machine::powerOn);
    w.clock.after(SWEEP, this::sweep);
    founding();
    w.people.begin();
    w.faults.begin();
    w.offlines.begin();
    w.runUntil(w.now() + w.o.duration);
    heal();
  }

  private void sweep() {
    w.judge.sweep();
    w.offlines.sweep();
    w.clock.after(SWEEP, this::sweep);
  }

  private void founding() {
    long end = w.now() + FOUNDING;
    while (!w.people.found()) {
      Judge.check(w.now() < end, 10, "no cluster comes about: ", w.people.missing());
      w.runUntil(w.now() + 400 * ControlOptions.MS);
    }
  }

  private void heal() {
    w.clock.tell("----", "ALL FAULTS END");
    w.calm = true;
    w.net.heal();
    w.runUntil(w.now() + 15 * SECOND);
    long begin = w.now();
    int round = 0;
    for (Machine m : w.machines.values()) {
      m.powerOn();
    }
    boolean wanted = false;
    String stuck = "";
    while (w.now() < begin + HEALING) {
      w.people.demandAll();
      if (!wanted && !atRest()) {
        w.people.wantAll();
      }
      wanted = round % 10 < 9;
      round++;
      w.runUntil(w.now() + SECOND);
      stuck = stuck();
      if (stuck.isEmpty()) {
        settled();
        return;
      }
    }
    Judge.check(false, 10, "does not run again: ", stuck);
  }

  private boolean atRest() {
    ClusterState s = w.judge.truth();
    return s.suspension().on() || s.backup().on() || s.backup().offline();
  }

  /** Which group does not run, and what is said of it; empty if all do. */
  private String stuck() {
    StringBuilder all = new StringBuilder();
    ClusterState s = w.judge.truth();
    for (GroupState g : s.groups().values()) {
      String owner = g.owner();
      boolean runs =
          owner != null && g.phase() == Phase.ONLINE && w.machine(owner).things.acts(g.name());
      if (!runs) {
        all.append(g.name()).append(' ').append(g).append("; ");
        for (Machine m : w.servers()) {
          Service service = m.service;
          Decision d = service == null ? null : service.node.decisions().get(g.name());
          all.append(m.name)
              .append(": ")
              .append(d == null ? "says nothing" : d.because())
              .append("; ");
        }
      }
    }
    return all.append(w.offlines.left()).toString();
  }

  /** A while later all members have the same state, and what runs still does. */
  private void settled() {
    w.runUntil(w.now() + 5 * SECOND);
    w.cover.hit("healed");
  }
}
