// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.link.Message.Parting;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Stamp;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The in-sync set: what the authority has decided, what is asked of it, and whose confirmation an
 * acknowledgement therefore needs (law 3).
 *
 * <p>One proposal is out at a time. Its answer may be late or lost; then the same proposal, under
 * the same id, is put again until a record with its version or a later one is seen. Since each
 * proposal fits one version only, it is by then either in the record or impossible. Meanwhile
 * {@link #ackMask} is the union of the set before and after.
 */
final class SetKeeper {
  private final Replica r;
  private SetRecord record = SetRecord.initial(0);
  private boolean seen;

  /** A record of another group that came before we knew whether that one descends from ours. */
  private @Nullable SetRecord early;

  private @Nullable SetRecord proposal;
  private boolean asked;
  private long askAgainAt;

  /** Replicas that must confirm a write before it is acknowledged. */
  private int effective;

  private long wantHold;
  private boolean holdWanted;
  private long wantCutId;
  private CutStatus wantCutStatus = CutStatus.NONE;

  SetKeeper(Replica r) {
    this.r = r;
  }

  SetRecord record() {
    return record;
  }

  /** True once the authority was heard. */
  boolean seen() {
    return seen;
  }

  boolean undecided() {
    return proposal != null;
  }

  /** True while it is undecided whether the peer is a member. */
  boolean changing(Peer p) {
    return proposal != null && ((proposal.inSyncMask() ^ record.inSyncMask()) & p.bit) != 0;
  }

  /** Members of the set, and those that a proposal under way would make members. */
  int ackMask() {
    int known = effective | r.leading.joining();
    return proposal == null ? known : known | proposal.inSyncMask();
  }

  boolean inSync(Peer p) {
    return record.inSync(p.id);
  }

  void start(@Nullable SetRecord known) {
    proposal = null;
    holdWanted = false;
    wantCutId = 0;
    if (known != null) {
      see(known);
    }
  }

  // ---- what the authority says

  void recordSeen(SetRecord next) {
    if (see(next)) {
      decided();
    }
  }

  void proposed(Event.Proposed answer) {
    if (answer.record() != null && see(answer.record())) {
      decided();
      return;
    }
    SetRecord p = proposal;
    if (p == null || p.proposalId() != answer.proposalId()) {
      return;
    }
    if (answer.outcome() == Event.Outcome.UNKNOWN && p.active() >= 0) {
      // Of a restored pair, whoever asks first gets no other answer until the others have asked.
      r.tell(Say.SET_CHANGE_UNKNOWN, p.version());
    }
    askAgainAt = r.now + r.config.times().propose();
  }

  /** True if a record of this group may be taken by a replica that knows that one (law 2). */
  boolean sameLine(long next, long known) {
    return next == known || (r.lineage.groupId() == next && r.lineage.former().contains(known));
  }

  /** A record that came before its lineage is taken now. */
  void lineageChanged() {
    SetRecord waited = early;
    early = null;
    if (waited != null && r.role != Role.DETACHED) {
      recordSeen(waited);
    }
  }

  /** Takes a newer record. Returns true if something changed. */
  private boolean see(SetRecord next) {
    boolean other = r.groupId != 0 && next.groupId() != r.groupId;
    if (other && !sameLine(next.groupId(), r.groupId)) {
      if (!seen) {
        r.tell(Say.GROUP_DIFFERS, r.groupId, next.groupId());
      }
      early = next;
      return false;
    }
    if (!other && seen && next.version() <= record.version()) {
      return false;
    }
    record = next;
    seen = true;
    if (r.groupId == 0) {
      r.groupId = next.groupId();
    }
    if (other) {
      succeeded(next);
    }
    SetRecord p = proposal;
    if (p != null && next.version() >= p.version()) {
      if (next.proposalId() == p.proposalId()) {
        r.tell(Say.SET_CHANGE_DECIDED, p.version());
      } else {
        r.tell(Say.SET_CHANGE_OVERTAKEN, p.version());
      }
      // The union stays in force until what the record says is durable here.
      effective |= p.inSyncMask();
      proposal = null;
      asked = false;
    }
    return true;
  }

  /**
   * The authority goes on in a successor group. What was proposed in the former one can never be
   * decided there any more: it is in this record, or it is put again here under the same id.
   * Whoever is connected meets anew, since he may know only the former group.
   */
  private void succeeded(SetRecord next) {
    r.tell(Say.GROUP_SUCCEEDED, r.groupId, next.groupId());
    r.groupId = next.groupId();
    if (next.active() != r.self) {
      r.epoch = next.epoch();
      r.activeReplica = next.active();
    }
    SetRecord p = proposal;
    if (p != null && next.version() < p.version()) {
      proposal = p.in(next.groupId());
    }
    r.sessions.closeAll(Parting.OLD_EPOCH);
  }

  /** Something of the record changed: roles first, then what it means for the peers. */
  private void decided() {
    effective |= record.inSyncMask();
    r.promotion.recordChanged(record);
    if (r.role == Role.ACTIVE) {
      r.leading.recordChanged(record);
    }
    plan();
  }

  /** The record is reflected on our partition: from now on only its members need to confirm. */
  void settle() {
    effective = record.inSyncMask();
  }

  // ---- what we ask of it

  void tick() {
    if (proposal != null && asked && r.now >= askAgainAt) {
      ask();
    }
    plan();
  }

  long deadline() {
    return proposal != null && asked ? askAgainAt : Long.MAX_VALUE;
  }

  void wantHold(long holdId) {
    wantHold = holdId;
    holdWanted = true;
    plan();
  }

  void wantCut(long cutId, CutStatus status) {
    wantCutId = cutId;
    wantCutStatus = status;
    plan();
  }

  boolean holdRegistered(long holdId) {
    return record.holdId() == holdId;
  }

  /** Proposes what is most pressing, if nothing is out. */
  void plan() {
    if (proposal != null || !seen || !r.active() || record.active() != r.self) {
      return;
    }
    if (!r.leading.settled() || r.promotion.resting()) {
      return;
    }
    int drop = r.leading.toDrop() & record.inSyncMask();
    if (drop != 0) {
      shrink(drop);
      return;
    }
    if (r.role != Role.ACTIVE) {
      return;
    }
    int join = r.leading.readyToJoin() & ~record.inSyncMask();
    if (join != 0 && !r.hold.writesHeld()) {
      expand(join);
      return;
    }
    boolean holdDiffers = holdWanted && record.holdId() != wantHold;
    boolean cutDiffers =
        wantCutId != 0 && (record.cutId() != wantCutId || record.cutStatus() != wantCutStatus);
    if (holdDiffers || cutDiffers) {
      propose(
          next(record.active(), record.inSyncMask(), record.generation(), record.stamps(), false));
    }
  }

  private void shrink(int drop) {
    r.leading.dropping(drop);
    announceStamp(0);
    List<Stamp> stamps = new ArrayList<>(record.stamps());
    stamps.set(r.self, r.meta.stampPending);
    r.tell(Say.SHRINK_PROPOSED, drop);
    propose(next(r.self, record.inSyncMask() & ~drop, r.random(), stamps, true));
  }

  private void expand(int join) {
    List<Stamp> stamps = new ArrayList<>(record.stamps());
    stamps.set(r.self, r.meta.stamp);
    for (Peer p : r.peers) {
      if ((p.bit & join) != 0) {
        stamps.set(p.id, r.meta.slots[p.id].base());
      }
    }
    r.tell(Say.EXPAND_PROPOSED, join);
    propose(next(r.self, record.inSyncMask() | join, record.generation(), stamps, true));
  }

  /**
   * Chooses the stamp that goes with a proposal. One that was announced and neither taken nor
   * overtaken is announced again: a proposal of a former life with it may still be applied.
   */
  private void announceStamp(long counter) {
    if (r.meta.stampPending.counter() <= r.meta.stamp.counter()) {
      r.meta.stampPending = r.meta.freshStamp(counter);
    }
  }

  /** Asks to become the active with this set and generation. Returns the id of the proposal. */
  long proposeActive(int inSyncMask, long generation) {
    announceStamp(counterForActivation());
    List<Stamp> stamps = new ArrayList<>(record.stamps());
    stamps.set(r.self, r.meta.stampPending);
    SetRecord next = next(r.self, inSyncMask, generation, stamps, true);
    propose(next);
    return next.proposalId();
  }

  private long counterForActivation() {
    long counter = 0;
    for (Stamp s : record.stamps()) {
      counter = Math.max(counter, s.counter());
    }
    return counter;
  }

  /** Asks that restored replicas become the set; each of them asks for the very same. */
  void proposePair(SetRecord next) {
    if (!next.equals(proposal)) {
      propose(next);
    }
  }

  /** Nothing is asked for any more that needs replicas which are not there. */
  void withdrawPair() {
    if (proposal != null && r.role == Role.STANDBY) {
      forget();
    }
  }

  /** Gives the role back: nobody is active, the set stays. */
  void proposeRest() {
    propose(next(-1, record.inSyncMask(), record.generation(), record.stamps(), true));
  }

  private SetRecord next(
      int active, int mask, long generation, List<Stamp> stamps, boolean newEpoch) {
    boolean cut = wantCutId != 0;
    return new SetRecord(
        record.groupId(),
        record.version() + 1,
        record.epoch() + (newEpoch ? 1 : 0),
        active,
        mask,
        generation,
        stamps,
        r.random(),
        holdWanted ? wantHold : record.holdId(),
        cut ? wantCutId : record.cutId(),
        cut ? wantCutStatus : record.cutStatus());
  }

  /** The stamp that goes with it is on our partition before anybody can see the decision. */
  private void propose(SetRecord next) {
    proposal = next;
    asked = false;
    r.app.setChanged();
    r.meta.save(() -> {
      if (proposal == null || proposal.proposalId() != next.proposalId()) {
        return;
      }
      int joiners = next.inSyncMask() & ~record.inSyncMask();
      if (r.role == Role.ACTIVE && (joiners & ~r.leading.joining()) != 0) {
        // Lost while the stamp was being written: nobody has seen the proposal, so it is none.
        proposal = null;
        r.leading.forgetAbsent();
        r.leading.meetAll();
        plan();
      } else {
        ask();
      }
    });
  }

  private void ask() {
    SetRecord p = proposal;
    if (p == null) {
      return;
    }
    asked = true;
    askAgainAt = r.now + 4 * r.config.times().propose();
    r.emit(new Effect.Propose(p.proposalId(), p));
  }

  /** The role is gone: whatever was asked may still be decided, but not for us. */
  void forget() {
    proposal = null;
    asked = false;
    effective = 0;
    holdWanted = false;
    wantCutId = 0;
  }

  /** The set that this activation begins with. */
  void begin() {
    effective = record.inSyncMask();
  }
}
