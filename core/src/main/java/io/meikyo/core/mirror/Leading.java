// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.link.Message;
import io.meikyo.core.link.Message.FollowMode;
import io.meikyo.core.link.Message.Parting;
import io.meikyo.core.link.ReplicaView;

/**
 * What an active does with its peers: decides by the reconnect table, lets data flow, notices loss,
 * and tells {@link SetKeeper} who must leave the in-sync set and who may join it.
 */
final class Leading {
  private final Replica r;

  /** Records whose consequences are not yet on our partition. */
  private int unsettled;

  Leading(Replica r) {
    this.r = r;
  }

  void start() {
    unsettled = 0;
    for (Peer p : r.peers) {
      p.flowing = false;
      p.mode = FollowMode.NONE;
      p.mustDrop = false;
      p.lostAt = r.now;
      p.leaseUntil = Long.MIN_VALUE;
      p.unflushed.clearAll();
      p.unflushedBefore.clearAll();
      p.flush.reset(0);
      p.discard = false;
      p.recoveryCancelled = false;
      clearRecovery(p);
    }
  }

  private static void clearRecovery(Peer p) {
    p.cursor = 0;
    p.repaired.clearAll();
    p.awaitingFlush.clear();

    p.recoveredSent = false;
    p.recoveredAck = false;
  }

  // ---- meeting

  /** A peer has greeted, or what the table looks at has changed. */
  void met(Peer p) {
    ReplicaView there = p.view;
    if (there == null || !p.greeted || !p.suspectsComplete || p.flowing || r.stamps.has(p)) {
      return;
    }
    if (r.role == Role.ACTIVE && r.set.changing(p)) {
      // What it is decides what we do with it.
      return;
    }
    ReconnectRow row = ReconnectTable.decide(r.sessions.view(), there, known(p));
    if (row != p.row || r.role == Role.ACTIVE) {
      p.row = row;
      if (row != p.refused) {
        r.tell(Say.MET, row, p.id);
      }
    }
    // It calls again at once: said once, until something else comes of it.
    p.refused = row.closes() ? row : null;
    if (row.closes()) {
      if (r.role == Role.ACTIVE && r.set.inSync(p)) {
        p.mustDrop = true;
        r.set.plan();
      }
      r.sessions.close(p, Parting.REFUSED);
      return;
    }
    boolean newerThere = there.role() == Role.ACTIVE && there.epoch() > r.epoch;
    if (row == ReconnectRow.BOTH_ACTIVE_OLDER_HERE || (newerThere && r.active())) {
      r.promotion.stepDown(Say.SUPERSEDED);
    }
    if (r.role != Role.ACTIVE) {
      r.restored.consider();
      return;
    }
    if (r.set.inSync(p) && row.leavesSet()) {
      p.mustDrop = true;
      r.set.plan();
      return;
    }
    if (row.mode() == FollowMode.FULL) {
      // Said at once, even if a hold lets it begin only later (law 9).
      r.dirty(p).setAll();
    }
    if (row.mode() != FollowMode.NONE && settled() && !r.hold.writesHeld()) {
      take(p, row);
    }
  }

  private ReconnectTable.Known known(Peer p) {
    return new ReconnectTable.Known(
        p.id, r.meta.slots[p.id], r.set.inSync(p), !r.dirty(p).isEmpty(), p.async, p.discard);
  }

  private void take(Peer p, ReconnectRow row) {
    p.mode = row.mode();
    p.discard = false;
    clearRecovery(p);
    if (row.mode() == FollowMode.FULL) {
      r.dirty(p).setAll();
      r.meta.slots[p.id] = r.meta.slots[p.id].withProof(false, 0);
    } else if (row != ReconnectRow.STILL_IN_SYNC) {
      r.dirty(p).or(p.suspects);
    }
    r.stamps.connect(p);
  }

  /** Looks again at all peers that are connected and do not follow. */
  void meetAll() {
    for (Peer p : r.peers) {
      met(p);
    }
  }

  // ---- data flows

  /** The peer's stamp is durable on both sides: from now on every write goes to it. */
  void flow(Peer p) {
    p.flowing = true;
    p.mustDrop = false;
    if (r.set.inSync(p)) {
      r.app.resend(p);
      if (p.flush.again(r.lastWrite)) {
        beginFlush(p);
      }
    } else {
      forget(p);
    }
    p.flushAskedAt = r.now;
    r.sessions.ping(p);
    r.hold.flowing(p);
    r.tell(Say.PEER_FOLLOWS, p.mode, p.id);
    r.recovery.pump();
    r.app.setChanged();
  }

  void sessionLost(Peer p) {
    boolean wasThere = p.flowing || r.stamps.has(p);
    p.flowing = false;
    r.stamps.lost(p);
    r.recovery.lost(p);
    clearRecovery(p);
    // What it is when it comes back nobody knows: the status must not say that it follows (law 9).
    p.mode = FollowMode.NONE;
    p.flush.interrupt();
    AsyncStream stream = p.stream;
    if (stream != null) {
      stream.stop();
    }
    p.row = ReconnectRow.NOT_CONNECTED;
    if (!r.active()) {
      r.restored.sessionLost(p);
      return;
    }
    if (wasThere) {
      p.lostAt = r.now;
      r.tell(Say.PEER_LOST, p.id);
    }
    if ((r.set.ackMask() & p.bit) == 0) {
      forget(p);
    }
    r.hold.peerLost(p);
    r.promotion.progress();
  }

  /** Those who are neither members nor here need not confirm anything any more. */
  void forgetAbsent() {
    for (Peer p : r.peers) {
      if ((r.set.ackMask() & p.bit) == 0) {
        p.mustDrop = false;
        if (!p.flowing) {
          forget(p);
        }
      }
    }
  }

  /** The peer's confirmation is not needed any more; what it may lack is dirty (rule R1). */
  private void forget(Peer p) {
    r.dirty(p).or(p.unflushed);
    r.dirty(p).or(p.unflushedBefore);
    p.unflushed.clearAll();
    p.unflushedBefore.clearAll();
    p.flush.reset(0);
    r.app.forget(p);
  }

  // ---- the set

  /** All decisions so far are on our partition. */
  boolean settled() {
    return unsettled == 0;
  }

  int toDrop() {
    int mask = 0;
    for (Peer p : r.peers) {
      if (p.mustDrop
          || (!p.flowing && !r.stamps.has(p) && r.now - p.lostAt >= r.config.times().shrink())) {
        mask |= p.bit;
      }
    }
    return mask;
  }

  /** Peers that hold everything and are about to join: from now on their confirmation counts. */
  int joining() {
    int mask = 0;
    for (Peer p : r.peers) {
      if (p.flowing && p.recoveredAck && !p.async) {
        mask |= p.bit;
      }
    }
    return mask;
  }

  /** Those of them that also have, durably, all that was answered before their word counted. */
  int readyToJoin() {
    int mask = joining();
    for (Peer p : r.peers) {
      if ((p.bit & mask) != 0
          && (p.flush.flushedThrough() < p.joinsAfter || r.app.answeredWithout(p))) {
        mask &= ~p.bit;
      }
    }
    return mask;
  }

  void dropping(int mask) {
    for (Peer p : r.peers) {
      if ((p.bit & mask) != 0) {
        r.dirty(p).or(p.unflushed);
        r.dirty(p).or(p.unflushedBefore);
      }
    }
  }

  /** Our own change of the set is decided: on our partition first, then it counts. */
  void recordChanged(SetRecord record) {
    boolean shrunk = record.generation() != r.meta.generations.current();
    r.epoch = record.epoch();
    r.activeReplica = r.self;
    r.meta.groupId = record.groupId();
    r.meta.epoch = record.epoch();
    r.meta.inSyncMask = record.inSyncMask();
    r.meta.generations = r.meta.generations.then(record.generation());
    if (r.meta.stampPending.equals(record.stamps().get(r.self))
        && r.meta.stampPending.counter() > r.meta.stamp.counter()) {
      r.meta.stamp = r.meta.stampPending;
    }
    unsettled++;
    r.meta.save(() -> {
      unsettled--;
      if (!r.active() || unsettled > 0) {
        return;
      }
      r.set.settle();

      forgetAbsent();
      if (shrunk) {
        r.stamps.renew();
      }
      r.recovery.recheck();
      r.recovery.pump();
      r.app.setChanged();
      r.flushProgress();
      meetAll();
      r.set.plan();
    });
  }

  // ---- flushes

  /** Asks every replica that gets writes to make all of them durable. */
  void flushAll() {
    flush(r.lastWrite);
  }

  void flush(long through) {
    if (r.flush.want(through, r.lastWrite)) {
      r.app.beginSelfFlush();
    }
    for (Peer p : r.peers) {
      flush(p, through);
    }
  }

  void flush(Peer p, long through) {
    if (p.flowing && !p.streams() && p.flush.want(through, r.lastWrite)) {
      beginFlush(p);
    }
  }

  private void beginFlush(Peer p) {
    p.unflushedBefore.or(p.unflushed);
    p.unflushed.clearAll();
    p.flushAskedAt = r.now;
    r.sessions.send(p, new Message.Flush(p.flush.covering()));
  }

  /** Number up to which every replica that counts has made writes durable. */
  long flushedEverywhere() {
    long least = r.flush.flushedThrough();
    for (Peer p : r.peers) {
      if ((p.flowing && !p.streams()) || (r.set.ackMask() & p.bit) != 0) {
        least = Math.min(least, p.flush.flushedThrough());
      }
    }
    return least;
  }

  /**
   * All writes up to this number are done on every member, and members differ in nothing else; 0
   * while a member is away or is being reconciled.
   */
  long settledEverywhere() {
    for (Peer p : r.peers) {
      if (r.set.inSync(p) && (!p.flowing || !r.dirty(p).isEmpty())) {
        return 0;
      }
    }
    return r.app.settledThrough();
  }

  // ---- messages of followers

  void received(Peer p, Message m) {
    switch (m) {
      case Message.Following f -> r.stamps.following(p, f.stamp());
      case Message.Written w -> r.app.written(p, w.write());
      case Message.Flushed f -> {
        AsyncStream stream = p.stream;
        if (stream != null && stream.on()) {
          stream.flushed(f.flush());
        } else if (p.flowing && f.flush() == p.flush.covering()) {
          p.unflushedBefore.clearAll();
          if (p.flush.done(r.lastWrite)) {
            beginFlush(p);
          }
          r.flushProgress();
        }
      }
      case Message.Compared c -> r.recovery.compared(p, c);
      case Message.Repaired c -> r.recovery.repaired(p, c.id());
      case Message.RecoveredAck _ -> {
        if (p.flowing && p.recoveredSent) {
          p.recoveredAck = true;
          p.joinsAfter = r.lastWrite;
          r.tell(Say.PEER_RECOVERED, p.id);
          AsyncStream stream = p.stream;
          // A member of the set stays synchronous until it leaves it.
          if (stream != null && !r.set.inSync(p)) {
            stream.start();
            // The log does not wait for this peer any more.
            r.flushProgress();
          } else {
            flush(p, p.joinsAfter);
          }
          r.set.plan();
        }
      }
      case Message.ChangePage c -> r.hold.cut().changePage(p, c);
      case Message.CutDone c -> r.hold.cut().done(p, c);
      case Message.Digest d -> r.hold.cut().digest(p, d);
      case Message.CutVerdictAck a -> r.hold.verdictAck(p, a);
      default -> {}
    }
  }

  // ---- time

  void tick() {
    if (!r.active()) {
      return;
    }
    long limit = r.config.times().answer();
    for (Peer p : r.peers) {
      if (owesSince(p) < r.now - limit) {
        r.tell(Say.PEER_TOO_SLOW, p.id);
        r.sessions.close(p, Parting.SILENT);
      }
    }
  }

  /** When the oldest message was sent that the peer has not answered; far future if none. */
  private long owesSince(Peer p) {
    long oldest = r.stamps.askedAt(p);
    if (p.flowing) {
      oldest = Math.min(oldest, r.app.oldestUnanswered(p));
      oldest = Math.min(oldest, r.recovery.askedAt(p));
      if (p.flush.covering() >= 0) {
        oldest = Math.min(oldest, p.flushAskedAt);
      }
    }
    return oldest;
  }

  long deadline() {
    if (!r.active()) {
      return Long.MAX_VALUE;
    }
    long at = Long.MAX_VALUE;
    for (Peer p : r.peers) {
      if (!p.flowing && r.set.inSync(p) && !r.set.changing(p)) {
        long due = p.lostAt + r.config.times().shrink();
        at = due > r.now ? Math.min(at, due) : at;
      }
      long oldest = owesSince(p);
      at = oldest == Long.MAX_VALUE ? at : Math.min(at, oldest + r.config.times().answer() + 1);
    }
    return at;
  }
}
