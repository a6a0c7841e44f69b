// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.mirror.Event;
import io.meikyo.core.mirror.Event.Outcome;
import io.meikyo.core.mirror.RestoredPair;
import io.meikyo.core.mirror.Role;
import io.meikyo.core.mirror.SetRecord;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The register that decides: one record, changed by compare-and-set on its version. Requests,
 * answers and pushes get lost or come late; a proposal whose outcome nobody knows may be applied
 * much later, if its version still fits.
 */
final class SetAuthority {
  private final World w;
  private final Prng prng;
  private SetRecord record = SetRecord.initial(7);
  private final Map<Long, SetRecord> history = new HashMap<>();
  private final Map<Long, int[]> firstBoots = new HashMap<>();
  private final long[] unreachableUntil;
  private int undecided;
  private @Nullable SetRecord pair;
  private int pairAskedBy;

  /** Life of the agent that the record makes the active; 0 if it names none. */
  private long activeLife;

  /** A proposal on its way. */
  static final class Proposal {
    final Agent from;
    final long id;
    final SetRecord next;
    final Kind kind;
    final boolean forced;

    /** Per replica that would join: boot in which it was connected when this was sent, else -1. */
    final int[] joinBoots;

    boolean unknown;

    /** Its sender wants the role, which it may have let go of in the same life. */
    final boolean promotes;

    /** It makes its sender the active, now that it is decided. */
    boolean activates;

    Proposal(Agent from, long id, SetRecord next, Kind kind, int[] joinBoots) {
      this.from = from;
      this.promotes = from.status().role() == Role.PROMOTING;
      this.id = id;
      this.next = next;
      this.kind = kind;
      this.forced = from.forcing;
      this.joinBoots = joinBoots;
    }
  }

  /** What a proposal changes. */
  enum Kind {
    ACTIVATE,
    DEACTIVATE,
    EXPAND,
    SHRINK,
    PAIR,
    OTHER
  }

  SetAuthority(World w, Prng prng) {
    this.w = w;
    this.prng = prng;
    this.unreachableUntil = new long[w.o.replicas];
  }

  void begin() {
    pushAgain();
  }

  SetRecord record() {
    return record;
  }

  boolean answers(Server s) {
    return w.now >= unreachableUntil[s.id];
  }

  void cut(Server s, long nanos) {
    w.tell("auth", "unreachable from " + s.name + " for " + nanos / 1000 + "us");
    unreachableUntil[s.id] = w.now + nanos;
  }

  void heal() {
    for (int i = 0; i < unreachableUntil.length; i++) {
      unreachableUntil[i] = 0;
    }
  }

  /** Proposals that may still be applied. */
  int undecided() {
    return undecided;
  }

  private Kind kind(Agent from, SetRecord next) {
    if (RestoredPair.is(record, next)) {
      return Kind.PAIR;
    }
    if (next.active() != record.active()) {
      return next.active() < 0 ? Kind.DEACTIVATE : Kind.ACTIVATE;
    }
    if (next.active() == from.server.id && activeLife != from.life) {
      // The agent of the active was started again: it asks for the role anew.
      return Kind.ACTIVATE;
    }
    if ((next.inSyncMask() & ~record.inSyncMask()) != 0) {
      return Kind.EXPAND;
    }
    return next.inSyncMask() != record.inSyncMask() ? Kind.SHRINK : Kind.OTHER;
  }

  void propose(Agent from, long id, SetRecord next) {
    Proposal p = new Proposal(from, id, next, kind(from, next), joinBoots(from, id, next));
    w.cover.hit("propose/" + p.kind);
    double mean = w.o.authorityMean;
    boolean reachable = answers(from.server);
    double x = w.calm ? 1 : prng.fraction();
    SwarmOptions o = w.o;
    if (!reachable || x < o.proposalLost) {
      unknown(p, "not applied", mean);
      return;
    }
    x -= o.proposalLost;
    if (x < o.proposalLate) {
      unknown(p, "late", mean);
      undecided++;
      w.after(
          prng.exponential(mean * (prng.chance(0.5) ? 8 : 80)),
          () -> {
            undecided--;
            boolean applied = apply(p) == Outcome.COMMITTED;
            w.cover.hit("unknown/" + p.kind + (applied ? "/applied late" : "/refused late"));
          });
      return;
    }
    x -= o.proposalLate;
    boolean answerLost = x < o.proposalAnswerLost;
    undecided++;
    w.after(
        prng.exponential(mean),
        () -> {
          undecided--;
          Outcome outcome = apply(p);
          SetRecord after = record;
          if (answerLost) {
            w.cover.hit(
                "unknown/" + p.kind + (outcome == Outcome.COMMITTED ? "/applied" : "/refused"));
          } else {
            answer(p, outcome, after, prng.exponential(mean));
          }
        });
    if (answerLost) {
      answer(p, Outcome.UNKNOWN, null, prng.exponential(mean * 4));
    }
  }

  private void unknown(Proposal p, String what, double mean) {
    p.unknown = true;
    w.cover.hit("unknown/" + p.kind + "/" + what);
    answer(p, Outcome.UNKNOWN, null, prng.exponential(mean * 4));
  }

  private void answer(Proposal p, Outcome outcome, @Nullable SetRecord r, long delay) {
    p.from.deliver(delay, new Event.Proposed(p.id, outcome, r));
  }

  private Outcome apply(Proposal p) {
    SetRecord before = history.get(p.id);
    if (before != null && before.equals(p.next)) {
      w.cover.hit("proposal found decided");
      return Outcome.COMMITTED;
    }
    if (p.next.version() != record.version() + 1) {
      w.tell("auth", "REJECTS " + Words.of(p.next) + " of " + p.from.server.name);
      return Outcome.REJECTED;
    }
    if (RestoredPair.is(record, p.next) && !everyoneAsks(p)) {
      w.cover.hit("pair waits for the others");
      return Outcome.UNKNOWN;
    }
    SetRecord prev = record;
    p.activates = p.promotes || kind(p.from, p.next) == Kind.ACTIVATE;
    record = p.next;
    if (record.active() < 0) {
      activeLife = 0;
    } else if (p.activates) {
      activeLife = p.from.life;
    }
    history.put(p.id, p.next);
    w.tell("auth", "COMMITS " + p.kind + " " + Words.of(p.next) + " of " + p.from.server.name);
    w.cover.hit("commit/" + p.kind);
    w.setLaws.committed(prev, p);
    for (Server s : w.servers) {
      push(s);
    }
    return Outcome.COMMITTED;
  }

  /** What restored replicas ask for is decided when each of them has asked for the very same. */
  private boolean everyoneAsks(Proposal p) {
    if (!p.next.equals(pair)) {
      pair = p.next;
      pairAskedBy = 0;
    }
    pairAskedBy |= 1 << p.from.server.id;
    return (pairAskedBy & p.next.inSyncMask()) == p.next.inSyncMask();
  }

  private void push(Server s) {
    Agent a = s.agent;
    if (a == null || !a.attached() || !answers(s) || a.newestRecord() >= record.version()) {
      return;
    }
    if (!w.calm && prng.chance(w.o.recordPushLost)) {
      w.cover.hit("record push lost");
      return;
    }
    a.record(prng.exponential(w.o.authorityMean), record);
  }

  private void pushAgain() {
    for (Server s : w.servers) {
      push(s);
    }
    w.after(w.o.times.propose() * 2, new Task.Call(this::pushAgain));
  }

  /** As it was when the proposal was first sent: it is put again whatever became of the peer. */
  private int[] joinBoots(Agent from, long id, SetRecord next) {
    int[] first = firstBoots.get(id);
    if (first == null) {
      first = bootsNow(from, next);
      firstBoots.put(id, first);
    }
    return first;
  }

  private int[] bootsNow(Agent from, SetRecord next) {
    int[] boots = new int[w.servers.length];
    for (Server s : w.servers) {
      boots[s.id] = -1;
      if (s != from.server && next.inSync(s.id) && !record.inSync(s.id)) {
        Connection c = from.connections[s.id];
        if (c != null && s.powered && s.agent != null && c.recovered == s.agent) {
          boots[s.id] = s.boots;
        }
      }
    }
    return boots;
  }
}
