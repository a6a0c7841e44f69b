// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.link.Message;
import io.meikyo.core.link.Message.Parting;
import io.meikyo.core.link.ReplicaView;
import io.meikyo.core.partition.BackupRecord;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Hash;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.PeerSlot;
import io.meikyo.core.partition.Stamp;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A replica that was made from an image (rule R13), until the mirror is whole again.
 *
 * <pre>
 *   RESTORED ─▶ every peer there, each an image of the same cut ─▶ the same proposal from each
 *     ─▶ decided, and it names our stamp ─▶ data flushed, superblock: in sync, new generation
 *   backup flag still up: nobody leads ─▶ FlagOff: peer's partition, then ours ─▶ as any mirror
 * </pre>
 *
 * The stamp was drawn by the restore of this server and stands in no image. A record that names it
 * was therefore decided for this very replica, also if we hear of it only in a later life. It is
 * above all stamps of the record, so that disks of former days count as rolled back (law 12); if
 * the record has moved on, another is drawn before anything is proposed with it.
 */
final class Restored {
  private static final long NO_COMMAND = Long.MIN_VALUE;

  private final Replica r;

  /** What was decided is being brought to the partition. */
  private boolean taking;

  /** A new stamp is. */
  private boolean stamping;

  private long command = NO_COMMAND;
  private int answersOpen;

  /** Peers that have their flag down since the command began. */
  private int downThere;

  Restored(Replica r) {
    this.r = r;
  }

  /** The partitions were opened. */
  void begin() {
    taking = false;
    stamping = false;
    consider();
  }

  /** Something is new that a restored replica may have waited for. */
  void consider() {
    boolean waits = r.role == Role.STANDBY && r.meta.condition == Condition.RESTORED;
    if (!waits || !r.set.seen() || taking || stamping || r.attachment.detaching()) {
      return;
    }
    SetRecord record = r.set.record();
    if (decided(record)) {
      take();
    } else if (r.meta.stamp.counter() <= newest(record)) {
      stamp(newest(record));
    } else if (complete(record)) {
      r.set.proposePair(RestoredPair.next(record, members(), shown(), r.meta.cut.cutId(), worth()));
    } else {
      r.set.withdrawPair();
    }
  }

  /** The record was made for this replica. */
  private boolean decided(SetRecord record) {
    return record.inSync(r.self)
        && r.meta.stamp.isSome()
        && record.stamps().get(r.self).equals(r.meta.stamp);
  }

  private static long newest(SetRecord record) {
    long counter = 0;
    for (Stamp s : record.stamps()) {
      counter = Math.max(counter, s.counter());
    }
    return counter;
  }

  /** Every replica is there, and each waits as we do. */
  private boolean complete(SetRecord record) {
    for (Peer p : r.peers) {
      ReplicaView v = p.view;
      boolean pairs = p.greeted && p.suspectsComplete && p.row == ReconnectRow.RESTORED_PAIR;
      if (p.async || v == null || !pairs || v.stamp().counter() <= newest(record)) {
        return false;
      }
    }
    return !r.peers.isEmpty();
  }

  private int members() {
    int mask = r.selfBit;
    for (Peer p : r.peers) {
      mask |= p.bit;
    }
    return mask;
  }

  private List<Stamp> shown() {
    List<Stamp> stamps = new ArrayList<>(Collections.nCopies(Identity.REPLICAS_MAX, Stamp.NONE));
    stamps.set(r.self, r.meta.stamp);
    for (Peer p : r.peers) {
      if (p.view != null) {
        stamps.set(p.id, p.view.stamp());
      }
    }
    return stamps;
  }

  /** Proven only if every partition says so. */
  private CutStatus worth() {
    boolean proven = r.meta.cut.status() == CutStatus.PROVEN;
    for (Peer p : r.peers) {
      proven &= p.view != null && p.view.cut().status() == CutStatus.PROVEN;
    }
    return proven ? CutStatus.PROVEN : CutStatus.UNPROVEN;
  }

  private void stamp(long above) {
    stamping = true;
    r.meta.stamp = r.meta.freshStamp(above);
    r.meta.save(() -> {
      stamping = false;
      // Whoever is connected has seen the former one.
      r.sessions.closeAll(Parting.PROMOTING);
    });
  }

  /** What stands on the disk is the truth from now on: first it is durable, then it is said. */
  private void take() {
    taking = true;
    r.flushData(() -> {
      taking = false;
      SetRecord record = r.set.record();
      boolean still = r.role == Role.STANDBY && r.meta.condition == Condition.RESTORED;
      if (!still || !decided(record)) {
        return;
      }
      boolean proven = record.cutStatus() == CutStatus.PROVEN;
      long provenAt = proven ? r.meta.backup.beganAtMillis() : 0;
      r.groupId = record.groupId();
      r.epoch = Math.max(r.epoch, record.epoch());
      r.activeReplica = record.active();
      r.meta.groupId = record.groupId();
      r.meta.epoch = record.epoch();
      r.meta.activeReplica = record.active();
      r.meta.inSyncMask = record.inSyncMask();
      r.meta.generations = r.meta.generations.then(record.generation());
      r.meta.condition = Condition.CONSISTENT;
      r.meta.bootId = r.bootId;
      for (Peer p : r.peers) {
        Stamp theirs = record.stamps().get(p.id);
        r.meta.slots[p.id] =
            record.inSync(p.id) && theirs.isSome()
                ? new PeerSlot(theirs, Stamp.NONE, false, proven, provenAt)
                : PeerSlot.UNKNOWN;
      }
      r.cacheLost = false;
      r.rolledBack = false;
      r.meta.save(() -> {
        if (r.role == Role.STANDBY) {
          r.tell(Say.RESTORED_IN_SYNC, record.inSyncMask());
          r.sessions.closeAll(Parting.PROMOTING);
        }
      });
    });
  }

  // ---- the end of the backup mode that came with the image, or that was sealed

  void flagOff(Event.FlagOff e) {
    if (!r.meta.backup.flagOn()) {
      r.commandDone(e.command(), r.role != Role.DETACHED, answerWithoutFlag());
      return;
    }
    Say refusal = refusal();
    if (refusal == Say.NOTHING && command != NO_COMMAND) {
      refusal = Say.FLAG_GOES_OFF_ALREADY;
    }
    if (refusal != Say.NOTHING) {
      r.commandDone(e.command(), false, refusal);
      return;
    }
    command = e.command();
    answersOpen = 0;
    downThere = 0;
    for (Peer p : r.peers) {
      ReplicaView v = p.view;
      if (p.greeted && v != null && isWhole(v) && v.backup().flagOn()) {
        answersOpen |= p.bit;
        CutRecord cut = r.meta.cut;
        r.sessions.send(
            p,
            new Message.CutVerdict(
                cut.cutId(),
                cut.status(),
                new Hash(cut.digestHigh(), cut.digestLow()),
                BackupRecord.OFF));
      }
    }
    ownFlagOff();
  }

  /** It has taken the decision too, and nobody made it the active one. */
  private static boolean isWhole(ReplicaView v) {
    return v.role() == Role.STANDBY && v.condition() == Condition.CONSISTENT;
  }

  private Say answerWithoutFlag() {
    return r.role == Role.DETACHED ? Say.NOT_STANDBY : Say.FLAG_OFF_ALREADY;
  }

  /** Why the flag must stay: it belongs to a backup, or the restore is not finished. */
  private Say refusal() {
    if (r.role != Role.STANDBY || r.attachment.detaching()) {
      return r.active() ? Say.FLAG_OF_A_BACKUP : Say.NOT_STANDBY;
    }
    if (!r.set.seen()) {
      return Say.AUTHORITY_SILENT;
    }
    if (r.meta.condition == Condition.RESTORED) {
      return Say.FLAG_RESTORE_UNFINISHED;
    }
    SetRecord record = r.set.record();
    boolean restored = r.meta.condition == Condition.CONSISTENT && decided(record);
    boolean backup = record.holdId() != 0 && record.holdId() == r.meta.backup.holdId();
    if (restored && !backup) {
      return Say.NOTHING;
    }
    if (backup && record.active() < 0 && r.meta.condition == Condition.CONSISTENT) {
      return Say.NOTHING; // it was sealed, and its servers are back
    }
    return backup ? Say.FLAG_OF_A_BACKUP : Say.FLAG_NOT_RESTORED;
  }

  /** Ours last: as long as it is up, the command can be given again. */
  private void ownFlagOff() {
    if (answersOpen != 0 || command == NO_COMMAND) {
      return;
    }
    if (r.role != Role.STANDBY) {
      end(false, Say.NOT_STANDBY);
      return;
    }
    r.meta.backup = BackupRecord.OFF;
    r.meta.save(() -> end(true, everywhere() ? Say.FLAG_OFF : Say.FLAG_OFF_HERE));
  }

  private boolean everywhere() {
    for (Peer p : r.peers) {
      ReplicaView v = p.view;
      boolean down = v != null && (!v.backup().flagOn() || (downThere & p.bit) != 0);
      if (!p.greeted || !down) {
        return false;
      }
    }
    return true;
  }

  private void end(boolean ok, Say why) {
    if (command != NO_COMMAND) {
      long done = command;
      command = NO_COMMAND;
      answersOpen = 0;
      if (ok) {
        // The views that were exchanged say otherwise.
        r.sessions.closeAll(Parting.PROMOTING);
      }
      r.commandDone(done, ok, why);
    }
  }

  /** Another standby ends the backup mode that came with our common image. */
  void verdict(Peer p, Message.CutVerdict m) {
    boolean ours = m.cutId() == r.meta.cut.cutId() && !m.backup().flagOn();
    if (!ours || (r.meta.backup.flagOn() && refusal() != Say.NOTHING)) {
      r.sessions.send(p, new Message.CutVerdictAck(m.cutId(), m.status(), r.meta.backup.flagOn()));
      return;
    }
    long session = p.session;
    r.meta.backup = BackupRecord.OFF;
    r.meta.save(() -> {
      if (p.session == session && p.greeted) {
        r.sessions.send(p, new Message.CutVerdictAck(m.cutId(), m.status(), false));
      }
    });
  }

  void verdictAck(Peer p, Message.CutVerdictAck m) {
    if (command != NO_COMMAND && m.cutId() == r.meta.cut.cutId()) {
      downThere |= m.flagOn() ? 0 : p.bit;
      answersOpen &= ~p.bit;
      ownFlagOff();
    }
  }

  /** It keeps its flag, or has it down already: it takes it down when it follows. */
  void sessionLost(Peer p) {
    consider();
    if ((answersOpen & p.bit) != 0) {
      answersOpen &= ~p.bit;
      ownFlagOff();
    }
  }

  /** The role changes, or the disk failed: what was asked for cannot be done any more. */
  void stop() {
    answersOpen = 0;
    end(false, Say.NOT_STANDBY);
  }
}
