// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.base.Invariant;
import io.meikyo.core.link.Frame;
import io.meikyo.core.link.Message;
import io.meikyo.core.link.Message.FollowMode;
import io.meikyo.core.link.Message.Parting;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.Payload;
import io.meikyo.core.partition.PeerSlot;
import io.meikyo.core.partition.Stamp;

/**
 * The standby: does to its disk what the active says, in order, and confirms. What it promises, it
 * has on its partition before it says so.
 */
final class Follower {
  private final Replica r;
  private long settledSeen;

  Follower(Replica r) {
    this.r = r;
  }

  /** An answer to this peer's ping is a promise not to take over for a while (rule R5). */
  boolean mayPromise(Peer p) {
    return p.greeted
        && r.role == Role.STANDBY
        && p.view != null
        && (p.view.role() == Role.ACTIVE || p.view.role() == Role.DEMOTING);
  }

  void received(Peer p, Frame f) {
    if (r.role != Role.STANDBY) {
      return;
    }
    if (f.body() instanceof Message.Follow follow) {
      follow(p, f, follow);
      return;
    }
    if (!p.following) {
      r.tell(Say.STALE_MESSAGE_DROPPED, p.id);
      return;
    }
    noteEpoch(p, f.epoch());
    switch (f.body()) {
      case Message.Write m -> write(p, m);
      case Message.Zero m -> zero(p, m);
      case Message.Flush m -> flush(p, m.flush());
      case Message.Compare m -> compare(p, m);
      case Message.Repair m -> repair(p, m);
      case Message.StampDone m -> stampDone(m.stamp());
      case Message.Restamp m -> restamp(p, m);
      case Message.Recovered m -> recovered(p, m);
      case Message.Cut m -> cut(p, m);
      case Message.DigestPage m -> r.hold.cut().digestPage(p, m);
      case Message.CutVerdict m -> verdict(p, m);
      case Message.Rest m -> rest(p, m);
      default -> {}
    }
  }

  private void noteEpoch(Peer p, long epoch) {
    if (epoch > r.epoch) {
      r.epoch = epoch;
    }
    if (epoch == r.epoch) {
      r.activeReplica = p.id;
    }
  }

  // ---- to follow

  private void follow(Peer p, Frame f, Message.Follow m) {
    if (r.meta.condition == Condition.FAILED || (f.epoch() < r.epoch && r.activeReplica != p.id)) {
      r.sessions.close(p, Parting.OLD_EPOCH);
      return;
    }
    for (Peer q : r.peers) {
      if (q != p && q.following) {
        r.sessions.close(q, Parting.OLD_EPOCH);
      }
    }
    Invariant.check(p.workOpen == 0, "the old session is drained before the new one", p.id);
    r.epoch = Math.max(r.epoch, f.epoch());
    r.activeReplica = p.id;
    if (r.groupId == 0) {
      r.groupId = f.groupId();
    }
    r.meta.groupId = r.groupId;
    r.meta.epoch = r.epoch;
    r.meta.activeReplica = p.id;
    r.meta.inSyncMask = m.inSyncMask();
    r.meta.clean = false;
    Condition before = r.meta.condition;
    boolean recovers = m.mode() != FollowMode.RESUME && m.mode() != FollowMode.RECONCILE;
    if (recovers) {
      r.meta.condition = Condition.INCONSISTENT;
    } else {
      r.meta.generations = m.generations();
      r.meta.bootId = r.bootId;
    }
    takeStamp(m.stamp(), m.inSyncMask() | p.bit);
    p.following = true;
    long session = p.session;
    r.tell(Say.FOLLOWS, m.mode(), p.id);
    Runnable say = () -> r.meta.save(() -> answer(p, session, new Message.Following(m.stamp())));
    // What we hold from former lives is durable before the active begins to count what is not: its
    // map covers a later loss of our caches only from here on (rule R1).
    Runnable durable = () -> r.flushData(say);
    if (recovers && async(m.mode()) && before == Condition.CONSISTENT) {
      keepCopy(durable);
    } else {
      durable.run();
    }
  }

  private boolean async(FollowMode mode) {
    return mode == FollowMode.BEHIND || (r.config.asyncMask() & r.selfBit) != 0;
  }

  /** Before a recovery mixes two points in time, the last consistent one is kept (rule R17). */
  private void keepCopy(Runnable then) {
    r.emit(
        new Effect.KeepConsistentCopy(
            r.ops.begin((ok, _, _) -> {
              if (!ok) {
                r.tell(Say.NO_CONSISTENT_COPY);
              }
              then.run();
            })));
  }

  /** Our stamp is new; the others may still show the old one. */
  private void takeStamp(Stamp stamp, int mask) {
    Stamp before = r.meta.stamp;
    r.meta.stamp = stamp;
    for (Peer q : r.peers) {
      r.meta.slots[q.id] =
          (mask & q.bit) != 0
              ? r.meta.slots[q.id].withStamps(stamp, before, false)
              : PeerSlot.UNKNOWN;
    }
  }

  private void stampDone(Stamp stamp) {
    if (!stamp.equals(r.meta.stamp)) {
      return;
    }
    for (Peer q : r.peers) {
      PeerSlot slot = r.meta.slots[q.id];
      if (slot.base().equals(stamp)) {
        r.meta.slots[q.id] = slot.withStamps(stamp, Stamp.NONE, false);
      }
    }
    r.meta.save();
  }

  private void restamp(Peer p, Message.Restamp m) {
    r.meta.epoch = r.epoch;
    r.meta.inSyncMask = m.inSyncMask();
    if (r.meta.condition == Condition.CONSISTENT) {
      r.meta.generations = m.generations();
    }
    takeStamp(m.stamp(), m.inSyncMask() | p.bit);
    long session = p.session;
    r.meta.save(() -> answer(p, session, new Message.Following(m.stamp())));
  }

  private void answer(Peer p, long session, Message m) {
    if (p.session == session && p.greeted) {
      r.sessions.send(p, m);
    }
  }

  // ---- data

  private void write(Peer p, Message.Write m) {
    settled(p, m.settled());
    r.recent.add(m.write(), m.start(), m.count());
    Runnable done = begin(p, m.start(), m.count(), new Message.Written(m.write()));
    passed(m.start(), m.count(), m.fua(), m.payload(), done);
  }

  private void zero(Peer p, Message.Zero m) {
    settled(p, m.settled());
    r.recent.add(m.write(), m.start(), m.count());
    Runnable done = begin(p, m.start(), m.count(), new Message.Written(m.write()));
    r.hold.cut().passed(() -> r.zeroData(m.start(), m.count(), m.fua(), m.mayUnmap(), done));
  }

  private void repair(Peer p, Message.Repair m) {
    r.recent.addFormer(m.start(), m.count());
    Runnable done = begin(p, m.start(), m.count(), new Message.Repaired(m.id()));
    passed(m.start(), m.count(), false, m.payload(), done);
  }

  private void passed(long start, int count, boolean fua, Payload payload, Runnable done) {
    payload.keep();
    r.hold
        .cut()
        .passed(() -> {
          r.writeData(start, count, fua, payload, done);
          payload.drop();
        });
  }

  private Runnable begin(Peer p, long start, int count, Message answer) {
    r.markChanged(start, count);
    Peer.FollowerOp op = new Peer.FollowerOp();
    p.work.addLast(op);
    p.workOpen++;
    long session = p.session;
    return () -> {
      op.done = true;
      p.workOpen--;
      answer(p, session, answer);
      while (!p.work.isEmpty() && p.work.getFirst().done) {
        p.work.removeFirst();
      }
      flushNext(p);
    };
  }

  /**
   * The active said that all writes up to this number are done on every member, and that no member
   * lacks anything else: only then what we were given cannot differ from what others were, and what
   * we forgot of it with a former life of the agent does not matter any more.
   */
  void settled(Peer p, long write) {
    if (p.following && write > 0 && write >= settledSeen) {
      settledSeen = write;
      r.recent.settled(write);
      if (r.meta.condition == Condition.CONSISTENT) {
        r.forgetful = false;
      }
    }
  }

  private void flush(Peer p, long number) {
    p.flushWaits.addLast(new Peer.FlushWait(number, p.work.peekLast()));
    flushNext(p);
  }

  private void flushNext(Peer p) {
    while (!p.flushWaits.isEmpty()) {
      Peer.FlushWait w = p.flushWaits.getFirst();
      Peer.FollowerOp last = w.last();
      if (last != null && p.work.contains(last)) {
        return;
      }
      p.flushWaits.removeFirst();
      long session = p.session;
      r.flushData(() -> answer(p, session, new Message.Flushed(w.flush())));
    }
  }

  private void compare(Peer p, Message.Compare m) {
    // What the active must look at here it may have to look at elsewhere, even if we have it.
    r.recent.addFormer(m.start(), m.count());
    long session = p.session;
    r.readData(
        m.start(),
        m.count(),
        true,
        (_, _, hash) -> answer(p, session, new Message.Compared(m.id(), m.hash().equals(hash))));
  }

  // ---- the end of a recovery

  /**
   * We hold what the active holds: our maps say nothing of it any more. Of a third replica they do,
   * until the active says that it has everything too.
   */
  private void recovered(Peer p, Message.Recovered m) {
    long session = p.session;
    r.recent.addFormer(r.log);
    int[] open = {1};
    Runnable cleared =
        () -> {
          if (--open[0] == 0 && p.session == session && r.role == Role.STANDBY) {
            current(p, session, m);
          }
        };
    for (Peer q : r.peers) {
      open[0]++;
      r.recent.addFormer(r.dirty(q));
      r.dirty(q).clearAll();
      r.store.persist(q.id, cleared);
    }
    if (!r.log.isEmpty()) {
      open[0]++;
      r.log.reset(cleared);
    }
    cleared.run();
  }

  private void current(Peer p, long session, Message.Recovered m) {
    r.meta.condition = Condition.CONSISTENT;
    r.meta.wasActive = false;
    r.meta.generations = m.generations();
    r.meta.bootId = r.bootId;
    r.cacheLost = false;
    r.rolledBack = false;
    r.meta.save(() -> {
      // Not before the partition says that the data is whole: a crash between would leave neither.
      // And not if another recovery has begun meanwhile: the copy is that one's.
      if (r.meta.condition == Condition.CONSISTENT) {
        r.emit(new Effect.DropConsistentCopy());
      }
      answer(p, session, new Message.RecoveredAck());
    });
  }

  // ---- cut and rest

  private void cut(Peer p, Message.Cut m) {
    takeStamp(m.cut().stamp(), r.meta.inSyncMask | p.bit);
    r.hold.cut().follow(p, m);
  }

  private void verdict(Peer p, Message.CutVerdict m) {
    long session = p.session;
    r.hold.cut().verdict(m);
    r.meta.save(() ->
        answer(p, session, new Message.CutVerdictAck(m.cutId(), m.status(), m.backup().flagOn())));
  }

  /** The active gave its role back: all is flushed, so a power loss takes nothing from us now. */
  private void rest(Peer p, Message.Rest m) {
    r.tell(Say.ACTIVE_RESTS, p.id, m.epoch());
    if (r.meta.condition == Condition.CONSISTENT && !r.cacheLost) {
      r.recent.clear();
      r.forgetful = false;
      r.meta.clean = true;
      r.meta.save();
    }
  }

  // ---- loss

  void sessionLost(Peer p) {
    if (p.following) {
      p.following = false;
      r.recent.sessionEnded();
      settledSeen = 0;
    }
    p.flushWaits.clear();
  }
}
