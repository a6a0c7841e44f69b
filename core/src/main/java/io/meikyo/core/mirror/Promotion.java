// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.link.Message;
import io.meikyo.core.link.Message.Parting;
import io.meikyo.core.link.ReplicaView;
import io.meikyo.core.partition.BackupRecord;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.MapPage;
import io.meikyo.core.partition.PeerSlot;

/**
 * How a replica becomes the active, gives the role back, or loses it (laws 2 and 4).
 *
 * <pre>
 *   activate: fit? ─▶ sessions closed ─▶ old work drained, promise run out ─▶ proposal
 *     ─▶ committed ─▶ dirty pages, then superblock (VOID first if a flag was up) ─▶ ACTIVE
 *   deactivate: requests end ─▶ in-sync peers reconciled ─▶ flush everywhere ─▶ log empty
 *     ─▶ superblock ─▶ Rest to the peers ─▶ proposal ─▶ STANDBY
 * </pre>
 */
final class Promotion {
  private enum Step {
    NONE,
    DRAIN,
    ASKED,
    OPENING,
    CLOSING,
    EMPTYING,
    RESTING
  }

  private final Replica r;
  private Step step = Step.NONE;
  private long command;
  private boolean force;
  private boolean resumes;
  private long formerGeneration;
  private SetRecord former = SetRecord.initial(0);
  private boolean keepsSet;
  private long proposalId;

  /** The role is given back at a cut, which stays. */
  private boolean sealing;

  Promotion(Replica r) {
    this.r = r;
  }

  // ---- to become the active

  void activate(Event.Activate e) {
    if (r.role == Role.ACTIVE) {
      r.commandDone(e.command(), true, Say.ACTIVE_ALREADY);
      return;
    }
    Say refusal = refusal(e.force());
    if (refusal != Say.NOTHING) {
      r.commandDone(e.command(), false, refusal);
      return;
    }
    command = e.command();
    force = e.force();
    step = Step.DRAIN;
    r.become(Role.PROMOTING, force ? Say.PROMOTION_FORCED : Say.PROMOTION_BEGINS);
    former = r.set.record();
    resumes =
        former.active() == r.self
            && r.meta.wasActive
            && r.meta.groupId == former.groupId()
            && r.meta.epoch == former.epoch();
    keepsSet =
        !r.cacheLost
            && former.inSync(r.self)
            && !force
            && (resumes || former.active() == -1 || former.active() == r.self);
    r.sessions.closeAll(Parting.PROMOTING);
    quiet();
  }

  /** Why we may not be promoted; NOTHING if we may. */
  private Say refusal(boolean forced) {
    if (r.role != Role.STANDBY || r.attachment.detaching()) {
      return Say.NOT_STANDBY;
    }
    if (!r.set.seen()) {
      return Say.AUTHORITY_SILENT;
    }
    for (Peer p : r.peers) {
      ReplicaView v = p.view;
      if (p.greeted && v != null && v.role() == Role.ACTIVE && p.following) {
        return Say.ACTIVE_ELSEWHERE;
      }
    }
    if (r.meta.condition == Condition.FAILED) {
      return Say.DISK_HAS_FAILED;
    }
    SetRecord record = r.set.record();
    boolean first = record.inSyncMask() == 0 && record.generation() == 0;
    boolean blank = !first && r.meta.condition == Condition.BLANK && !decidedUnseen(record);
    if (blank && !(forced && allBlank())) {
      // Even by force: the others would be overwritten with nothing at all.
      return Say.BLANK_HERE;
    }
    if (forced) {
      return Say.NOTHING;
    }
    if (r.rolledBack) {
      return Say.ROLLED_BACK_HERE;
    }
    if (!first && !record.inSync(r.self)) {
      return Say.NOT_IN_SYNC;
    }
    boolean fresh = first && r.meta.condition == Condition.BLANK;
    if (r.meta.condition != Condition.CONSISTENT && !fresh && !decidedUnseen(record)) {
      return r.meta.condition == Condition.RESTORED ? Say.RESTORED_WAITS : Say.NOT_CONSISTENT;
    }
    Meaning meaning = r.attachment.meaning();
    if (!meaning.mayLead()) {
      r.tell(Say.FLAG_MEANS, meaning);
      return Say.RESTORED_WAITS;
    }
    return r.cacheLost ? cacheLostRefusal(record) : Say.NOTHING;
  }

  /** Every other replica is heard, and new: there is nothing that could be overwritten. */
  private boolean allBlank() {
    for (Peer p : r.peers) {
      ReplicaView v = p.view;
      if (!p.greeted || v == null || v.condition() != Condition.BLANK) {
        return false;
      }
    }
    return true;
  }

  /**
   * Acknowledged writes were lost here with the disk caches. Another member may have them, unless
   * every one lost its caches too: then what was flushed is all there is, and we have that.
   */
  private Say cacheLostRefusal(SetRecord record) {
    for (Peer p : r.peers) {
      if (!record.inSync(p.id)) {
        continue;
      }
      ReplicaView v = p.view;
      if (v == null || !p.suspectsComplete) {
        return Say.CACHE_LOST_PEER_UNKNOWN;
      }
      boolean whole = v.condition() == Condition.CONSISTENT && !v.rolledBack();
      if (whole && !v.cacheLost()) {
        return Say.CACHE_LOST_PEER_BETTER;
      }
    }
    return Say.NOTHING;
  }

  /** Nothing is under way on the data partition any more. */
  void quiet() {
    if (step == Step.DRAIN && r.role == Role.PROMOTING && r.dataWrites == 0) {
      propose();
    }
    r.attachment.quiet();
  }

  private boolean mustWait() {
    return former.active() >= 0 && !resumes && !force && r.now < r.promiseUntil;
  }

  private void propose() {
    if (mustWait()) {
      return;
    }
    step = Step.ASKED;
    int mask = keepsSet ? former.inSyncMask() : r.selfBit;
    boolean sameData = keepsSet && former.generation() != 0;
    formerGeneration = former.generation();
    if (force) {
      // Should this be decided when we are gone, our next life must not believe old maps.
      r.peers.forEach(p -> r.meta.slots[p.id] = PeerSlot.UNKNOWN);
    }
    proposalId = r.set.proposeActive(mask, sameData ? former.generation() : r.random());
  }

  /** A newer record was seen. */
  void recordChanged(SetRecord record) {
    r.attachment.judge();
    switch (r.role) {
      case PROMOTING -> {
        if (step == Step.OPENING) {
          giveUp(Say.SUPERSEDED);
        } else if (step == Step.ASKED && mine(record)) {
          committed(record);
        } else {
          giveUp(Say.SET_CHANGE_OVERTAKEN_ROLE);
        }
      }
      case ACTIVE -> {
        if (record.active() != r.self) {
          stepDown(Say.SUPERSEDED);
        }
      }
      case DEMOTING -> {
        if (step == Step.RESTING && record.active() == -1) {
          rested();
        } else if (record.active() != r.self) {
          stepDown(Say.SUPERSEDED);
        } else {
          if (step == Step.RESTING) {
            // Another change of ours came first: all over again from where nothing is undecided.
            step = Step.CLOSING;
          }
          r.leading.recordChanged(record);
        }
      }
      default -> {
        if (record.epoch() > r.epoch) {
          r.epoch = record.epoch();
          r.activeReplica = record.active();
        }
        r.restored.consider();
      }
    }
  }

  private boolean mine(SetRecord record) {
    return record.active() == r.self && record.proposalId() == proposalId;
  }

  /**
   * The record says that we are active because of an activation of ours that was decided after a
   * former life had asked for it: our partition has nothing of it yet but the announced stamp.
   */
  boolean decidedUnseen(SetRecord record) {
    return record.active() == r.self
        && r.meta.stampPending.isSome()
        && !r.meta.stamp.equals(r.meta.stampPending)
        && record.stamps().get(r.self).equals(r.meta.stampPending);
  }

  private void giveUp(Say why) {
    step = Step.NONE;
    r.set.forget();
    r.become(Role.STANDBY, why);
    // What came while we were no standby was not heard: greet anew.
    r.sessions.closeAll(Parting.PROMOTING);
    r.commandDone(command, false, why);
    r.epoch = Math.max(r.epoch, r.set.record().epoch());
    r.activeReplica = r.set.record().active();
  }

  private void committed(SetRecord record) {
    step = Step.OPENING;
    long version = record.version();
    int keep = keepsSet ? former.inSyncMask() : 0;
    takeMaps(keep);
    r.epoch = record.epoch();
    r.activeReplica = r.self;
    r.meta.epoch = record.epoch();
    r.meta.groupId = record.groupId();
    r.meta.activeReplica = r.self;
    r.meta.inSyncMask = record.inSyncMask();
    if (!force && former.inSync(r.self) && formerGeneration != 0) {
      r.meta.generations = r.meta.generations.then(formerGeneration);
    }
    r.meta.generations = r.meta.generations.then(record.generation());
    r.meta.stamp = r.meta.stampPending;
    r.meta.condition = Condition.CONSISTENT;
    r.meta.wasActive = true;
    r.meta.clean = false;
    r.meta.bootId = r.bootId;
    if (r.meta.backup.flagOn()) {
      // Before anything is replayed or written: what was imaged is no image any more (rule R11).
      r.meta.backup = BackupRecord.OFF;
      r.meta.cut = r.meta.cut.withStatus(CutStatus.VOID);
      r.tell(Say.CUT_VOID_AFTER_CRASH, r.meta.cut.cutId());
    }
    r.forgetful = false;
    r.cacheLost = false;
    r.rolledBack = false;
    int[] open = {1};
    Runnable page =
        () -> {
          if (--open[0] == 0 && step == Step.OPENING && r.set.record().version() == version) {
            r.meta.save(() -> opened(version));
          }
        };
    for (int m = 0; m < MapPage.MAPS; m++) {
      open[0]++;
      r.store.persist(m, page);
    }
    open[0]++;
    // What we were given as a standby may still be in caches, and no log of ours covers it.
    r.flushData(page);
    page.run();
  }

  /** Nobody else was active since we were. */
  private boolean lastActive() {
    return former.active() == r.self
        || (former.active() == -1
            && r.meta.activeReplica == r.self
            && r.meta.groupId == former.groupId()
            && former.epoch() <= r.meta.epoch + 1);
  }

  /** What we know of each peer's difference, when this activation begins. */
  private void takeMaps(int keep) {
    ChunkMap hot = new ChunkMap(r.geometry);
    r.log.addTo(hot);
    r.recent.addTo(hot);
    r.changes().or(hot);
    r.unreconciled.clearAll();
    for (Peer p : r.peers) {
      boolean member = former.inSync(p.id) && former.inSync(r.self);
      if (force || (former.active() == r.self && r.forgetful && r.peers.size() > 1)) {
        // Our data are not those that the peers followed, or we cannot tell any more.
        r.meta.slots[p.id] = PeerSlot.UNKNOWN;
      } else if (!lastActive()) {
        // We followed: of those who followed with us we know the stamp, of others nothing. The maps
        // are not cleared: a stale bit costs a compare, a lost one costs data.
        // Who followed beside us may have got other writes at the end than we did.
        if (!member || (r.forgetful && p.id != former.active())) {
          r.meta.slots[p.id] = PeerSlot.UNKNOWN;
        }
      }
      r.dirty(p).or(hot);
      if ((keep & p.bit) != 0) {
        r.unreconciled.or(r.dirty(p));
      }
    }
    r.recent.clear();
  }

  private void opened(long version) {
    if (step != Step.OPENING || r.set.record().version() != version) {
      return;
    }
    step = Step.NONE;
    r.lastWrite++;
    r.flush.reset(0);
    r.log.activated();
    r.leading.start();
    r.stamps.stop();
    r.set.begin();
    r.become(Role.ACTIVE, Say.ACTIVE_NOW);
    r.commandDone(command, true, Say.ACTIVE_NOW);
    r.sessions.closeAll(Parting.PROMOTING);
    r.hold.afterCrash();
    r.set.plan();
    r.app.pump();
    r.log.pump();
  }

  // ---- to give the role back

  void deactivate(Event.Deactivate e) {
    if (r.role != Role.ACTIVE) {
      r.commandDone(e.command(), false, Say.NOT_ACTIVE_HERE);
      return;
    }
    if (r.set.undecided()) {
      r.commandDone(e.command(), false, Say.HOLD_SET_CHANGES);
      return;
    }
    r.hold.broken(Say.ROLE_GIVEN_BACK);
    giveBack(e.command(), false);
  }

  private void giveBack(long id, boolean seals) {
    command = id;
    sealing = seals;
    step = Step.CLOSING;
    r.become(Role.DEMOTING, Say.ROLE_GIVEN_BACK);
    progress();
  }

  /** The same at a cut that stands, which is left as it is. */
  void seal(Event.Seal e) {
    Say refusal = r.role == Role.ACTIVE ? r.hold.sealRefusal() : Say.NOT_ACTIVE_HERE;
    if (refusal == Say.NOTHING) {
      giveBack(e.command(), true);
    } else {
      r.commandDone(e.command(), false, refusal);
    }
  }

  /** Something ended that giving the role back may wait for. */
  void progress() {
    if (r.role != Role.DEMOTING || step != Step.CLOSING || !r.app.idle() || r.log.busy()) {
      return;
    }
    if (!r.leading.settled()
        || r.set.undecided()
        || !r.stamps.idle()
        || !(r.hold.state() == HoldState.NONE || (sealing && r.hold.mayBeSealed()))) {
      return;
    }
    for (Peer p : r.peers) {
      if (r.set.inSync(p) && (!r.dirty(p).isEmpty() || !p.flowing)) {
        return;
      }
    }
    if (!r.app.durable(r.lastWrite) || r.leading.flushedEverywhere() < r.lastWrite) {
      r.leading.flushAll();
      return;
    }
    step = Step.EMPTYING;
    r.log.empty(this::emptied);
  }

  private void emptied() {
    if (r.role != Role.DEMOTING || step != Step.EMPTYING) {
      return;
    }
    r.meta.wasActive = false;
    r.meta.clean = true;
    r.meta.save(() -> {
      if (r.role != Role.DEMOTING || step != Step.EMPTYING) {
        return;
      }
      step = Step.RESTING;
      for (Peer p : r.peers) {
        if (p.flowing && r.set.inSync(p)) {
          r.sessions.send(p, new Message.Rest(r.epoch));
        }
      }
      r.set.proposeRest();
    });
  }

  private void rested() {
    step = Step.NONE;
    boolean sealed = sealing && r.hold.sealed();
    // A hold that ended before its time has taken its image with it.
    boolean ok = sealed || !sealing;
    leave(Say.RESTED);
    r.commandDone(command, ok, sealed ? Say.SEALED : ok ? Say.RESTED : Say.HOLD_NOT_STANDING);
  }

  /** The role is all but given back: nothing is proposed or read any more. */
  boolean resting() {
    return r.role == Role.DEMOTING && (step == Step.EMPTYING || step == Step.RESTING);
  }

  // ---- to lose it

  /** The record may say for long that this replica is the active one, as after a crash. */
  void letGo(Event.LetGo e) {
    boolean had = r.active() || r.role == Role.PROMOTING;
    stepDown(Say.LET_GO);
    r.commandDone(e.command(), had, had ? Say.LET_GO : Say.NOT_ACTIVE_HERE);
  }

  void stepDown(Say why) {
    if (r.role == Role.PROMOTING) {
      giveUp(why);
      return;
    }
    if (!r.active()) {
      return;
    }
    if (step != Step.NONE) {
      step = Step.NONE;
      r.commandDone(command, false, why);
    }
    leave(why);
  }

  private void leave(Say why) {
    r.become(Role.STANDBY, why);
    r.hold.roleLost(why);
    r.set.forget();
    r.app.failAll();
    r.recovery.stop();
    r.stamps.stop();
    r.sessions.closeAll(Parting.PROMOTING);
    r.unreconciled.clearAll();
    for (Peer p : r.peers) {
      r.dirty(p).or(p.unflushed);
      r.dirty(p).or(p.unflushedBefore);
    }
    r.epoch = Math.max(r.epoch, r.set.record().epoch());
    r.activeReplica = r.set.record().active();
    r.promiseUntil = r.now + r.config.times().lease() + r.config.times().leaseMargin();
  }

  /** The disk failed. */
  void failed(Say why) {
    r.attachment.failed(why);
    if (step != Step.NONE) {
      step = Step.NONE;
      r.commandDone(command, false, why);
    }
    r.set.forget();
    r.stamps.stop();
    r.restored.stop();
  }

  // ---- time

  void tick() {
    if (step == Step.DRAIN && r.role == Role.PROMOTING) {
      quiet();
    }
    if (r.role == Role.DEMOTING && step == Step.CLOSING) {
      r.set.plan();
      progress();
    }
  }

  long deadline() {
    return step == Step.DRAIN && r.dataWrites == 0 && mustWait() ? r.promiseUntil : Long.MAX_VALUE;
  }
}
