// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.partition.BackupRecord;
import io.meikyo.core.partition.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The replica state machine of one mirror disk on one server: an event goes in, effects come out.
 *
 * <p>It has no clock, thread, file, socket or randomness of its own; the same object runs in the
 * product and in the simulator. All methods are for one thread. Where to look:
 *
 * <ul>
 *   <li>{@link Attachment}, {@link Promotion}, {@link RoleTable}: roles
 *   <li>{@link SetKeeper}: the in-sync set and whose confirmation counts
 *   <li>{@link Sessions}, {@link ReconnectTable}, {@link StampRounds}: meeting a peer
 *   <li>{@link AppPath}, {@link ReadPath}, {@link ActivityLog}, {@link FlushTrack}: writes, reads,
 *       flushes
 *   <li>{@link Leading}, {@link Recovery}, {@link AsyncStream}: what an active does with its peers
 *   <li>{@link Follower}: what a standby does
 *   <li>{@link HoldMachine}, {@link CutRound}, {@link MeaningTable}: the still point
 *   <li>{@link Restored}, {@link RestoredPair}: from an image to a mirror without a copy
 *   <li>{@link Metadata}, {@link MapStore}: what is brought to the cluster partition
 * </ul>
 */
public final class MirrorEngine {
  private final Replica r;
  private long wakeAt = Long.MAX_VALUE;

  /** Makes a detached replica. {@code entropy} gives random 64-bit numbers. */
  public MirrorEngine(EngineConfig config, LongSupplier entropy) {
    r = new Replica(config, entropy);
  }

  /**
   * Takes one event and emits what is to be done, in order.
   *
   * @param nowNanos instant of the event on a monotonic clock, ns; never goes back
   * @param event what happened
   * @param out takes the effects; must not call back into the engine
   */
  public void step(long nowNanos, Event event, Consumer<Effect> out) {
    r.begin(nowNanos, out);
    if (event instanceof Event.Tick) {
      wakeAt = Long.MAX_VALUE;
    }
    dispatch(event);
    wake();
  }

  /** What it is doing. */
  public Role role() {
    return r.role;
  }

  /** The backup flag on our partition, as it was last given to be written. */
  public BackupRecord backup() {
    return r.meta.backup;
  }

  /**
   * What is here is a restored image that waits, or may be one: nobody activates it but by the
   * operator's word, or when the restore is finished.
   */
  public boolean imageWaits() {
    if (r.role != Role.STANDBY) {
      return false;
    }
    return r.meta.condition == Condition.RESTORED
        || switch (r.attachment.meaning()) {
          case RESTORED_BOTH, RESTORED_OR_MISSED, MISSED_THE_END -> true;
          case NORMAL, STATE_SILENT, OWN_AGENT_CRASH, OWN_SERVER_CRASH, CHOSEN_UNHEARD -> false;
        };
  }

  private void dispatch(Event event) {
    switch (event) {
      case Event.Attach e -> r.attachment.attach(e);
      case Event.Detach e -> r.attachment.detach(e);
      case Event.Tick _ -> tick();
      case Event.Lineage e -> {
        r.lineage = e;
        r.set.lineageChanged();
      }
      case Event.RecordSeen e -> {
        if (r.role != Role.DETACHED) {
          r.set.recordSeen(e.record());
        }
      }
      case Event.Proposed e -> {
        if (r.role != Role.DETACHED) {
          r.set.proposed(e);
        }
      }
      case Event.LinkUp e -> link(e.peer(), r.sessions::linkUp);
      case Event.LinkDown e -> link(e.peer(), r.sessions::linkDown);
      case Event.Received e -> link(e.peer(), p -> r.sessions.received(p, e.frame()));
      case Event.DiskDone e -> r.ops.end(e);
      case Event.SnapshotTaken e -> r.hold.cut().snapshotTaken(e);
      case Event.DigestComputed e -> r.hold.cut().digestComputed(e);
      case Event.Write e -> r.app.write(e);
      case Event.WriteZeroes e -> r.app.writeZeroes(e);
      case Event.Discard e -> r.app.discard(e);
      case Event.Read e -> r.app.read(e);
      case Event.Flush e -> r.app.flush(e);
      case Event.Activate e -> r.promotion.activate(e);
      case Event.Deactivate e -> r.promotion.deactivate(e);
      case Event.Seal e -> r.promotion.seal(e);
      case Event.LetGo e -> r.promotion.letGo(e);
      case Event.Hold e -> r.hold.hold(e);
      case Event.Cut e -> r.hold.cut(e);
      case Event.Release e -> r.hold.release(e);
      case Event.BreakHold e -> r.hold.breakOff(e);
      case Event.FlagOff e -> r.restored.flagOff(e);
      case Event.CancelRecovery e -> r.recovery.cancel(e);
      case Event.ResumeRecovery e -> r.recovery.resume(e);
      case Event.SetRecoveryRate e -> r.recovery.rate(e);
      case Event.Verify e -> r.recovery.verify(e);
      case Event.DiscardPeer e -> discardPeer(e);
    }
  }

  private void link(int peer, Consumer<Peer> action) {
    Peer p = r.peer(peer);
    if (p != null
        && r.role != Role.DETACHED
        && r.role != Role.FAILED
        && !r.attachment.detaching()) {
      action.accept(p);
    }
  }

  private void discardPeer(Event.DiscardPeer e) {
    Peer p = r.peer(e.peer());
    if (p == null || r.role != Role.ACTIVE) {
      r.commandDone(e.command(), false, Say.NOT_ACTIVE_HERE);
    } else if (r.set.inSync(p)) {
      r.commandDone(e.command(), false, Say.DISCARD_PEER_IN_SYNC);
    } else {
      // One that follows is being overwritten; the word is not kept for what may come back later.
      p.discard = !p.flowing && !r.stamps.has(p);
      r.commandDone(e.command(), true, Say.PEER_DATA_GIVEN_UP);
      r.leading.met(p);
    }
  }

  private void tick() {
    if (r.role == Role.DETACHED || r.role == Role.FAILED) {
      return;
    }
    r.hold.tick();
    r.sessions.tick();
    r.leading.tick();
    r.stamps.tick();
    r.set.tick();
    r.recovery.tick();
    r.promotion.tick();
  }

  private void wake() {
    if (r.role == Role.DETACHED || r.role == Role.FAILED) {
      return;
    }
    long at = Math.min(r.sessions.deadline(), r.leading.deadline());
    at = Math.min(at, Math.min(r.hold.deadline(), r.stamps.deadline()));
    at = Math.min(at, Math.min(r.set.deadline(), r.recovery.deadline()));
    at = Math.min(at, r.promotion.deadline());
    if (at < wakeAt) {
      wakeAt = Math.max(at, r.now + 1);
      r.emit(new Effect.Wake(wakeAt));
    }
  }

  private long lagBlocks(Peer p) {
    AsyncStream stream = p.stream;
    if (stream == null) {
      return 0;
    }
    long sent = r.app.answeredBlocksWithout(p);
    return sent
        + (stream.on()
            ? stream.lagBlocks()
            : (long) r.dirty(p).count() * r.geometry.blocksPerChunk());
  }

  /**
   * Who may rely on whom at this moment.
   *
   * @param nowNanos on the clock of {@link #step}
   */
  public FollowView following(long nowNanos) {
    long now = Math.max(r.now, nowNanos);
    return new FollowView(r.app.reads().leaseHolds(now), now - r.promiseUntil);
  }

  /** What status views show. */
  public MirrorStatus status() {
    List<MirrorStatus.Peer> peers = new ArrayList<>();
    for (Peer p : r.peers) {
      peers.add(
          new MirrorStatus.Peer(
              p.id,
              p.greeted,
              p.mode,
              r.set.inSync(p),
              p.row,
              r.dirty(p).count(),
              r.meta.slots[p.id].baseProven(),
              lagBlocks(p),
              p.stream == null ? 0 : p.stream.lagNanos()));
    }
    return new MirrorStatus(
        r.role,
        r.epoch,
        r.set.record(),
        r.meta.condition,
        r.meta.generations.current(),
        r.meta.stamp,
        r.hold.state(),
        r.hold.holdId(),
        r.hold.deadlineNanos(),
        r.app.openCount(),
        r.app.waitingCount(),
        r.app.waitingFor(),
        r.log.size(),
        r.recovery.verified(),
        r.hold.state() != HoldState.NONE && r.hold.backupMode(),
        r.meta.backup,
        r.meta.cut,
        peers);
  }
}
