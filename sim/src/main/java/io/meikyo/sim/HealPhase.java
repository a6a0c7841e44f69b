// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.link.Message.FollowMode;
import io.meikyo.core.mirror.HoldState;
import io.meikyo.core.mirror.MirrorStatus;
import io.meikyo.core.mirror.Role;
import io.meikyo.core.partition.CutStatus;

/**
 * The second half of a run: every fault ends, and within bounded time everything must be well. All
 * replicas in sync, every request answered, all disks byte-identical, a read of the whole disk
 * permitted, and a backup that works. If every member of the set is beyond use, the operator says
 * the explicit word for a replica outside it, as he would have to; if there is none, the seed is
 * abandoned.
 */
final class HealPhase {
  private static final long MS = SwarmOptions.MS;
  private static final long PATIENCE = 4_000 * MS;
  private static final long EVENTS_MAX = 3_000_000;

  private final World w;
  private final LastWord word;
  private long nextWord;

  interface Condition {
    boolean holds();
  }

  /** Nothing is left that a mirror could come back from. */
  private static final class NothingLeft extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  HealPhase(World w) {
    this.w = w;
    this.word = new LastWord(w);
  }

  /** Returns false if the faults left nothing to heal. */
  boolean run() {
    w.calm = true;
    w.faults.heal();
    try {
      heal();
      return true;
    } catch (NothingLeft e) {
      w.cover.hit("abandoned after two failures");
      return false;
    }
  }

  private void heal() {
    long twoFailures = w.now + PATIENCE / 2;
    await(
        10,
        "no active with all replicas in sync",
        () -> {
          Agent a = w.controller.healthyActive();
          if (a != null) {
            w.operator.setRight(a);
          } else if (w.now > twoFailures && w.faults.memberLost()) {
            // One member's bytes are gone and the rest lost caches: two failures, so the operator
            // would have to decide. The engine rightly refuses.
            throw new NothingLeft();
          }
          return a != null && settled() && whole(a);
        });
    w.controller.load(false);
    await(10, "requests are still unanswered", this::allAnswered);
    rest();
    Agent a = active();
    ask(a, new Request(w.id(), Request.Kind.FLUSH, 0, 0, false, false, null));
    rest();
    a = active();
    w.setLaws.identical();
    readAll(a);
    backup(a);
    w.setLaws.identical();
    rest();
    for (Server s : w.servers) {
      Agent left = s.agent;
      if (left != null) {
        World.check(
            left.memory.lent() == 0,
            10,
            s.name + " is at rest and keeps " + left.memory.lent() + " buffers for ever");
      }
    }
  }

  /** Every member of the set is beyond use: only the operator's word helps (law 4). */
  private void lastWord() {
    boolean silent = w.authority.undecided() == 0 && !somebodyLeads();
    if (w.now < nextWord || !silent || !w.faults.nobodyLeft()) {
      return;
    }
    Server s = word.outsider();
    if (s == null) {
      throw new NothingLeft();
    }
    w.cover.hit("last word");
    word.say(s);
    nextWord = w.now + 20 * MS;
  }

  /** Somebody serves or is about to: no operator forces another then. */
  private boolean somebodyLeads() {
    for (Server s : w.servers) {
      Agent a = s.agent;
      Role role = a == null ? Role.DETACHED : a.status().role();
      if (role == Role.ACTIVE || role == Role.DEMOTING || role == Role.PROMOTING) {
        return true;
      }
    }
    return false;
  }

  /** Nobody still follows an order from before. */
  private boolean settled() {
    for (Server s : w.servers) {
      Agent a = s.agent;
      if (a == null || a.standsStill() || a.status().role() == Role.PROMOTING) {
        return false;
      }
    }
    return w.authority.undecided() == 0;
  }

  boolean whole(Agent a) {
    MirrorStatus s = a.status();
    if (s.role() != Role.ACTIVE || !w.fronts[a.server.id].runs()) {
      return false;
    }
    for (MirrorStatus.Peer p : s.peers()) {
      boolean there =
          w.asyncLaws.isAsync(p.replica())
              ? p.mode() != FollowMode.NONE && (!w.controller.loadOff() || level(p))
              : p.inSync();
      if (!there || !p.connected()) {
        return false;
      }
    }
    int sync = ((1 << w.o.replicas) - 1) & ~w.o.asyncMask;
    return (w.authority.record().inSyncMask() & sync) == sync;
  }

  private static boolean level(MirrorStatus.Peer p) {
    return p.lagBlocks() == 0;
  }

  private boolean allAnswered() {
    for (Server s : w.servers) {
      Agent a = s.agent;
      if (a != null && !a.foreign && !a.requests.isEmpty()) {
        return false;
      }
    }
    return true;
  }

  Agent active() {
    Agent a = w.controller.healthyActive();
    World.check(a != null, 10, "the active is gone although no fault happened; " + state());
    if (a == null) {
      throw new IllegalStateException("unreachable");
    }
    return a;
  }

  /** A while passes; a last slow disk may cost a member and bring it back. */
  void rest() {
    long until = w.now + 50 * MS;
    await(
        10,
        "no rest with all replicas in sync",
        () -> {
          Agent a = w.controller.healthyActive();
          if (a != null) {
            // A command from before may have arrived after the word that took it back.
            w.operator.setRight(a);
          }
          return w.now >= until && allAnswered() && a != null && settled() && whole(a);
        });
  }

  void ask(Agent a, Request r) {
    w.fronts[a.server.id].ask(a, r);
    long id = r.id;
    await(10, "no answer to " + Words.of(r), () -> !a.requests.containsKey(id));
  }

  void readAll(Agent a) {
    int blocks = (int) w.o.geometry.blocks();
    int step = w.o.requestBlocksMax;
    long before = w.fronts[a.server.id].okCount();
    int asked = 0;
    for (int b = 0; b < blocks; b += step) {
      int count = Math.min(step, blocks - b);
      ask(a, new Request(w.id(), Request.Kind.READ, b, count, false, false, null));
      asked++;
    }
    World.check(
        w.fronts[a.server.id].okCount() - before == asked, 10, "a read at rest was refused");
  }

  private void backup(Agent a) {
    long[] cutId = {0};
    boolean[] asked = {false};
    await(
        10,
        "no hold and cut succeed although everything is well",
        () -> {
          if (!asked[0] || (cutId[0] == 0 && w.now % 64 == 0)) {
            asked[0] = true;
            w.operator.hold(a, 200 * MS, w.seed % 2 == 0, id -> cutId[0] = id);
          }
          return cutId[0] != 0;
        });
    await(10, "the cut is never judged", () -> w.holdLaws.verdict(cutId[0]) != null);
    CutStatus verdict = w.holdLaws.verdict(cutId[0]);
    World.check(
        verdict == CutStatus.PROVEN || verdict == CutStatus.UNPROVEN,
        6,
        "a cut at rest is judged " + verdict);
    w.cover.hit("final cut/" + verdict);
    await(5, "the hold does not end", () -> a.status().hold() == HoldState.NONE);
  }

  void await(int law, String otherwise, Condition c) {
    long end = w.now + PATIENCE;
    long eventsEnd = w.events + EVENTS_MAX;
    long next = w.now;
    while (true) {
      if (w.now >= next) {
        lastWord();
        if (c.holds()) {
          return;
        }
        next = w.now + 2 * MS;
      }
      if (w.now > end || w.events > eventsEnd || !w.step()) {
        World.check(
            false,
            law,
            "after all faults ended: "
                + otherwise
                + " ("
                + (w.now > end ? "time is up" : "too many events")
                + "); "
                + state());
      }
    }
  }

  /** What everybody says of himself, for the reason of a failure. */
  private String state() {
    StringBuilder b = new StringBuilder("authority ").append(Words.of(w.authority.record()));
    for (Server s : w.servers) {
      Agent a = s.agent;
      b.append("; ").append(s.name).append(' ');
      if (a == null) {
        b.append(s.powered ? "no agent" : "no power");
        continue;
      }
      MirrorStatus m = a.status();
      b.append(m.role()).append(" e").append(m.epoch()).append(' ').append(m.condition());
      b.append(" hold ").append(m.hold());
      b.append(" flying ").append(m.writesInFlight()).append(" waiting ");
      b.append(m.requestsWaiting()).append(" for ").append(m.waitingFor());
      for (MirrorStatus.Peer p : m.peers()) {
        b.append(" [").append(Words.server(p.replica())).append(' ').append(p.outcome());
        b.append(' ').append(p.mode()).append(" dirty ").append(p.dirtyChunks()).append(']');
      }
    }
    return b.toString();
  }
}
