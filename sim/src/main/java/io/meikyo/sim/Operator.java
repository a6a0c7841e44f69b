// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.mirror.Event;
import io.meikyo.core.mirror.MirrorStatus;
import io.meikyo.core.mirror.ReconnectRow;
import io.meikyo.core.mirror.Role;
import org.jspecify.annotations.Nullable;

/** People and the backup procedure: holds and cuts, and the commands of an administrator. */
final class Operator {
  private static final long WALL = 1_700_000_000_000L;

  private final World w;
  private final Prng prng;
  private boolean holdRuns;

  Operator(World w, Prng prng) {
    this.w = w;
    this.prng = prng;
  }

  void begin() {
    if (w.o.holdMean > 0) {
      w.after(prng.exponential(w.o.holdMean), this::backup);
    }
    if (w.o.commandMean > 0) {
      w.after(prng.exponential(w.o.commandMean), this::command);
    }
  }

  private long wall() {
    return WALL + w.now / 1_000_000;
  }

  // ---- hold, cut, release

  private void backup() {
    if (w.calm) {
      return;
    }
    w.after(prng.exponential(w.o.holdMean), this::backup);
    Agent a = w.controller.healthyActive();
    if (a != null && !holdRuns) {
      holdRuns = true;
      boolean flag = prng.chance(w.o.backupShare);
      long deadline = (long) prng.logBetween(2 * SwarmOptions.MS, 100 * SwarmOptions.MS);
      w.after(3 * deadline + 50 * SwarmOptions.MS, () -> holdRuns = false);
      hold(a, deadline, flag, null);
    }
  }

  /** What a caller wants to know in the end: the cut's id. */
  interface CutTaken {
    void cut(long cutId);
  }

  void hold(Agent a, long deadline, boolean flag, @Nullable CutTaken then) {
    long id = w.id();
    long holdId = w.id();
    long deadlineLocal = a.server.local(w.now) + deadline;
    w.holdLaws.asked(a, holdId, deadlineLocal);
    a.command(
        new Event.Hold(id, holdId, deadlineLocal, flag, wall()),
        id,
        done -> {
          if (done.ok() && a.alive) {
            boolean wait = then == null && prng.chance(0.3);
            long delay = wait ? prng.exponential(deadline) : 1 + prng.below(100_000);
            w.after(delay, () -> cut(a, holdId, flag, then));
            if (then == null && prng.chance(0.15)) {
              w.after(prng.exponential(deadline), w.faults::strikeInHold);
            }
          }
        });
  }

  private void cut(Agent a, long holdId, boolean flag, @Nullable CutTaken then) {
    if (!a.alive) {
      return;
    }
    if (then == null && prng.chance(0.1)) {
      release(a, holdId);
      return;
    }
    long id = w.id();
    long cutId = w.id();
    a.command(
        new Event.Cut(id, cutId),
        id,
        done -> {
          if (then != null && done.ok()) {
            then.cut(cutId);
          }
          boolean forget = then == null && prng.chance(0.25);
          if (a.alive && then == null && flag && (cutId >> 1) % 2 == 0) {
            seal(a, holdId, cutId);
          } else if (a.alive && !forget) {
            w.after(prng.exponential(2_000_000), () -> release(a, holdId));
          }
        });
  }

  /** The servers are to be shut down for their image; half of the time somebody ends that. */
  private void seal(Agent a, long holdId, long cutId) {
    long id = w.id();
    a.command(
        new Event.Seal(id),
        id,
        done -> {
          if (done.ok()) {
            w.cover.hit("sealed");
            w.holdLaws.sealed(a, cutId);
            if (cutId % 16 < 8) {
              w.after(100_000, () -> flagOff(a));
            }
          } else {
            release(a, holdId);
          }
        });
  }

  private void flagOff(Agent a) {
    long id = w.id();
    give(a, new Event.FlagOff(id), id);
  }

  private void release(Agent a, long holdId) {
    if (a.alive) {
      long id = w.id();
      // Now and then the agent is told to stop, and then goes on after all.
      boolean stops = !w.calm && Long.numberOfTrailingZeros(holdId) >= 3;
      a.command(stops ? new Event.BreakHold(id) : new Event.Release(id, holdId), id, done -> {});
    }
  }

  // ---- administration

  private void command() {
    if (w.calm) {
      return;
    }
    w.after(prng.exponential(w.o.commandMean), this::command);
    Agent active = w.controller.healthyActive();
    Server s = w.servers[prng.below(w.servers.length)];
    Agent any = s.agent;
    long id = w.id();
    int peer = prng.below(w.servers.length);
    switch (prng.below(8)) {
      case 0 -> give(active, new Event.CancelRecovery(id, peer), id);
      case 1 -> give(active, new Event.ResumeRecovery(id, peer), id);
      case 2 -> give(active, new Event.SetRecoveryRate(id, prng.below(3) * 500), id);
      case 3 -> verify(active, peer);
      case 4 -> detach(any);
      case 5 -> discard(active, peer);
      case 6 -> give(any, new Event.Release(id, id), id);
      default -> give(any, new Event.Verify(id, peer, wall()), id);
    }
  }

  private void give(@Nullable Agent a, Event e, long id) {
    if (a != null && a.alive) {
      a.command(e, id, done -> {});
    }
  }

  private void verify(@Nullable Agent a, int peer) {
    if (a == null) {
      return;
    }
    long id = w.id();
    a.command(
        new Event.Verify(id, peer, wall()),
        id,
        done -> {
          World.check(
              done.number() == 0,
              6,
              "a verify found " + done.number() + " chunks that differ from " + Words.server(peer));
        });
  }

  private void detach(@Nullable Agent a) {
    if (a == null || !a.alive) {
      return;
    }
    Server s = a.server;
    long id = w.id();
    a.command(
        new Event.Detach(id),
        id,
        done -> {
          if (done.ok() && s.agent == a) {
            w.cover.hit("detached");
            s.agentLeft();
            s.startLater();
          }
        });
  }

  /** Only a peer that is outside the set: its data is worth nothing anyway. */
  private void discard(@Nullable Agent a, int peer) {
    if (a != null && !w.authority.record().inSync(peer) && peer != a.server.id) {
      long id = w.id();
      give(a, new Event.DiscardPeer(id, peer), id);
    }
  }

  /** After the faults: nothing stays cancelled, throttled or undecided for want of a word. */
  void setRight(Agent active) {
    MirrorStatus s = active.status();
    if (s.role() != Role.ACTIVE) {
      return;
    }
    long rate = w.id();
    give(active, new Event.SetRecoveryRate(rate, 0), rate);
    for (MirrorStatus.Peer p : s.peers()) {
      long resume = w.id();
      give(active, new Event.ResumeRecovery(resume, p.replica()), resume);
      boolean word =
          p.outcome() == ReconnectRow.DIVERGED
              || p.outcome() == ReconnectRow.UNRELATED
              || p.outcome() == ReconnectRow.PEER_NEWER
              || p.outcome() == ReconnectRow.PEER_RESTORED;
      if (word && !w.authority.record().inSync(p.replica())) {
        w.cover.hit("operator discards/" + p.outcome());
        long id = w.id();
        give(active, new Event.DiscardPeer(id, p.replica()), id);
      }
    }
  }
}
