// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.base.Invariant;
import io.meikyo.core.link.Message;
import io.meikyo.core.partition.BackupRecord;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Hash;

/**
 * The hold (rules R10, R11): writes wait, what is in flight ends, every replica flushes, the
 * activity log is emptied; then a cut may be taken. It ends by {@link Event.Release}, or by itself
 * at its deadline (law 5), when a peer is lost, or when the agent stops; then, in backup mode, VOID
 * is written on every replica before the first write goes on, and that takes at most {@link
 * EngineConfig.Times#voidBudget}.
 */
final class HoldMachine {
  private static final long NO_COMMAND = Long.MIN_VALUE;

  private final Replica r;
  private final CutRound cut;

  private HoldState state = HoldState.NONE;
  private long holdId;
  private long deadline;
  private boolean backupMode;
  private long wallMillis;
  private long holdCommand = NO_COMMAND;
  private long cutCommand = NO_COMMAND;
  private long endCommand = NO_COMMAND;
  private Say endReason = Say.NOTHING;
  private long voidUntil;
  private boolean ownDone;
  private int declared;
  private boolean emptying;

  /** Peers that have not yet confirmed the last verdict. */
  private int verdictOpen;

  private boolean clearHold;

  HoldMachine(Replica r) {
    this.r = r;
    this.cut = new CutRound(r, this);
  }

  CutRound cut() {
    return cut;
  }

  HoldState state() {
    return state;
  }

  long holdId() {
    return state == HoldState.NONE ? 0 : holdId;
  }

  long deadlineNanos() {
    return state == HoldState.NONE ? 0 : deadline;
  }

  boolean backupMode() {
    return backupMode;
  }

  long wallMillis() {
    return wallMillis;
  }

  /** True while no write may be issued. */
  boolean writesHeld() {
    return state != HoldState.NONE && state != HoldState.REGISTERING;
  }

  private void become(HoldState next, Say why) {
    Invariant.check(HoldTable.legal(state, next), "hold " + state + " may become " + next);
    state = next;
    r.emit(new Effect.HoldChanged(holdId, next, why));
  }

  // ---- commands

  void hold(Event.Hold c) {
    Say refusal = refusal(c);
    if (refusal != Say.NOTHING) {
      r.commandDone(c.command(), false, refusal);
      return;
    }
    holdId = c.holdId();
    deadline = c.deadlineNanos();
    backupMode = c.backupMode();
    wallMillis = c.wallMillis();
    holdCommand = c.command();
    clearHold = false;
    verdictOpen = 0;
    ownDone = true;
    if (backupMode) {
      become(HoldState.REGISTERING, Say.HOLD_BEGINS);
      r.set.wantHold(holdId);
    } else {
      become(HoldState.DRAINING, Say.HOLD_BEGINS);
    }
    progress();
  }

  private Say refusal(Event.Hold c) {
    if (r.role != Role.ACTIVE) {
      return Say.NOT_ACTIVE_HERE;
    }
    if (state != HoldState.NONE) {
      return Say.HOLD_STANDS_ALREADY;
    }
    if (c.deadlineNanos() <= r.now) {
      return Say.HOLD_WITHOUT_DEADLINE;
    }
    return notStill();
  }

  /** Why all replicas cannot stand still and be equal now; NOTHING if they can (rule R8). */
  private Say notStill() {
    for (Peer p : r.peers) {
      if (!p.flowing || !(r.set.inSync(p) || p.streams())) {
        return Say.HOLD_NEEDS_ALL_IN_SYNC;
      }
    }
    if (r.recovery.running() || !r.unreconciled.isEmpty()) {
      return Say.HOLD_NEEDS_RECONCILED;
    }
    return r.stamps.idle() ? Say.NOTHING : Say.HOLD_SET_CHANGES;
  }

  void cut(Event.Cut c) {
    if (state != HoldState.HELD) {
      r.commandDone(c.command(), false, Say.CUT_NEEDS_HOLD);
      return;
    }
    cutCommand = c.command();
    become(HoldState.CUTTING, Say.CUT_BEGINS);
    cut.begin(c.cutId(), holdId);
  }

  void cutStands() {
    become(HoldState.CUT, Say.CUT_STANDS);
    answer(true, Say.CUT_STANDS);
  }

  void release(Event.Release c) {
    if (state == HoldState.NONE || state == HoldState.VOIDING || c.holdId() != holdId) {
      r.commandDone(c.command(), false, Say.HOLD_NOT_STANDING);
      return;
    }
    if (state == HoldState.ENDING) {
      r.commandDone(c.command(), false, Say.HOLD_ENDS_ALREADY);
      return;
    }
    endCommand = c.command();
    if (state != HoldState.HELD && state != HoldState.CUT) {
      broken(Say.HOLD_RELEASED_EARLY);
      return;
    }
    become(HoldState.ENDING, Say.HOLD_RELEASED);
    if (backupMode) {
      r.meta.backup = BackupRecord.OFF;
      declare();
    } else {
      end(true, Say.HOLD_RELEASED);
    }
  }

  /** Why what stands here cannot be left as it is by all replicas; NOTHING if it can. */
  Say sealRefusal() {
    boolean equal = r.meta.cut.status() != CutStatus.UNEQUAL;
    if (state != HoldState.CUT || !backupMode || !equal) {
      return Say.SEAL_NEEDS_CUT;
    }
    return r.app.idle() && r.app.waitingCount() == 0 ? Say.NOTHING : Say.SEAL_IN_USE;
  }

  /** What the cut is worth is known, and stands on every partition. */
  boolean mayBeSealed() {
    return state == HoldState.CUT && cut.judged() && ownDone && verdictOpen == 0;
  }

  /**
   * The role was given back at the cut: nobody issues a write any more, and flag and cut stay. The
   * authority keeps the hold, so that the flag is not taken for that of a restored image.
   */
  boolean sealed() {
    if (state != HoldState.CUT) {
      return false;
    }
    answer(false, Say.SEALED);
    clearHold = false;
    cut.stop();
    become(HoldState.NONE, Say.SEALED);
    return true;
  }

  void breakOff(Event.BreakHold c) {
    broken(c.why());
    r.commandDone(c.command(), true, c.why());
  }

  // ---- verdicts on both sides

  /** Writes what stands in our superblock about the cut, and tells every follower to do so. */
  void declare() {
    ownDone = false;
    verdictOpen = 0;
    for (Peer p : r.peers) {
      if (p.flowing) {
        verdictOpen |= p.bit;
        sendVerdict(p);
      } else if (r.set.inSync(p)) {
        verdictOpen |= p.bit;
      }
    }
    int mine = ++declared;
    r.meta.save(() -> {
      // An earlier declaration that ends now says nothing of this one.
      if (declared == mine) {
        ownDone = true;
        progress();
      }
    });
  }

  private void sendVerdict(Peer p) {
    r.sessions.send(
        p,
        new Message.CutVerdict(
            r.meta.cut.cutId(),
            r.meta.cut.status(),
            new Hash(r.meta.cut.digestHigh(), r.meta.cut.digestLow()),
            r.meta.backup));
  }

  void verdictAck(Peer p, Message.CutVerdictAck a) {
    if (a.cutId() == r.meta.cut.cutId()
        && a.status() == r.meta.cut.status()
        && a.flagOn() == r.meta.backup.flagOn()) {
      verdictOpen &= ~p.bit;
      progress();
    }
  }

  /** A peer follows from now on: it may have missed the last verdict. */
  void flowing(Peer p) {
    boolean flagThere = p.view != null && p.view.backup().flagOn();
    if (r.meta.cut.cutId() != 0 || flagThere) {
      verdictOpen |= p.bit;
      sendVerdict(p);
    }
  }

  // ---- progress

  /** Something ended that a step may have waited for. */
  void progress() {
    switch (state) {
      case NONE -> {}
      case REGISTERING -> {
        if (r.set.holdRegistered(holdId) && !r.set.undecided() && r.leading.settled()) {
          Say reason = notStill();
          if (reason != Say.NOTHING) {
            broken(reason);
          } else {
            become(HoldState.DRAINING, Say.HOLD_REGISTERED);
            progress();
          }
        }
      }
      case DRAINING -> {
        if (r.app.drained() && streamsDrained() && !r.log.busy() && r.stamps.idle()) {
          become(HoldState.SETTLING, Say.HOLD_DRAINED);
          r.leading.flushAll();
          progress();
        }
      }
      case SETTLING -> {
        if (!emptying && r.leading.flushedEverywhere() >= r.lastWrite && !r.log.busy()) {
          emptying = true;
          long id = holdId;
          r.log.empty(() -> {
            emptying = false;
            if (state == HoldState.SETTLING && holdId == id) {
              become(HoldState.HELD, Say.HOLD_STANDS);
              answer(true, Say.HOLD_STANDS);
            }
          });
        }
      }
      case HELD, CUTTING -> {}
      case CUT -> r.promotion.progress(); // it may be sealed
      case ENDING -> {
        if (ownDone && (verdictOpen & flowingMask()) == 0) {
          end(true, Say.HOLD_RELEASED);
        }
      }
      case VOIDING -> {
        if (ownDone && (verdictOpen & flowingMask()) == 0) {
          end(false, endReason);
        }
      }
    }
    clearHoldWhenKnown();
  }

  /** The lag of asynchronous peers is part of what must end before the deadline (rule R17). */
  private boolean streamsDrained() {
    boolean drained = true;
    for (Peer p : r.peers) {
      AsyncStream stream = p.stream;
      if (stream != null && !stream.drained()) {
        drained = false;
      }
    }
    return drained;
  }

  private int flowingMask() {
    int mask = 0;
    for (Peer p : r.peers) {
      mask |= p.flowing ? p.bit : 0;
    }
    return mask;
  }

  /**
   * The authority forgets the hold only when every member of the set has the end of it on its
   * partition; until then a member that still shows the flag is one that crashed, not an image.
   */
  private void clearHoldWhenKnown() {
    if (clearHold
        && state == HoldState.NONE
        && ownDone
        && (verdictOpen & r.set.record().inSyncMask()) == 0) {
      clearHold = false;
      r.set.wantHold(0);
    }
  }

  private void answer(boolean ok, Say why) {
    if (holdCommand != NO_COMMAND) {
      r.commandDone(holdCommand, ok, why);
      holdCommand = NO_COMMAND;
    }
    if (cutCommand != NO_COMMAND) {
      r.commandDone(cutCommand, ok, why);
      cutCommand = NO_COMMAND;
    }
  }

  private void end(boolean ok, Say why) {
    answer(false, why);
    if (endCommand != NO_COMMAND) {
      r.commandDone(endCommand, ok, why);
      endCommand = NO_COMMAND;
    }
    emptying = false;
    clearHold = backupMode;
    become(HoldState.NONE, why);
    clearHoldWhenKnown();
    r.stamps.begin();
    r.app.setChanged();
    r.recovery.pump();
    r.leading.meetAll();
    r.set.plan();
    r.promotion.progress();
  }

  // ---- the bad ends

  void peerLost(Peer p) {
    if (state == HoldState.NONE) {
      return;
    }
    boolean snapshotsStand = state == HoldState.CUT && !backupMode;
    if (state != HoldState.ENDING && state != HoldState.VOIDING && !snapshotsStand) {
      broken(Say.HOLD_LOST_PEER);
    }
    cut.peerLost(p);
    progress();
  }

  /** The hold cannot stand any longer. */
  void broken(Say why) {
    if (state == HoldState.NONE || state == HoldState.VOIDING) {
      return;
    }
    if (state == HoldState.ENDING && r.active()) {
      // It ends well by itself, when the flag is down everywhere or at its deadline.
      return;
    }
    endReason = why;
    if (state != HoldState.CUT || backupMode) {
      cut.stop();
    }
    boolean image = backupMode && (r.meta.backup.flagOn() || state == HoldState.CUTTING);
    answer(false, why);
    ownDone = !image;
    if (!image) {
      end(false, why);
      return;
    }
    become(HoldState.VOIDING, why);
    voidUntil = r.now + r.config.times().voidBudget();
    if (r.meta.cut.holdId() == holdId) {
      r.meta.cut = r.meta.cut.withStatus(CutStatus.VOID);
      r.set.wantCut(r.meta.cut.cutId(), CutStatus.VOID);
      r.emit(new Effect.CutKnown(r.meta.cut.cutId(), CutStatus.VOID));
    }
    r.meta.backup = BackupRecord.OFF;
    declare();
  }

  /** The role is gone; nobody here issues a write any more, so nothing needs to be waited for. */
  void roleLost(Say why) {
    if (state != HoldState.NONE) {
      broken(why);
    }
    if (state != HoldState.NONE) {
      end(false, why);
    }
    clearHold = false;
    cut.stop();
  }

  /** A hold of backup mode was cut off by a crash; its cut is void on our partition already. */
  void afterCrash() {
    long stale = r.set.record().holdId();
    if (stale != 0) {
      clearHold = true;
      ownDone = true;
      verdictOpen = r.set.record().inSyncMask() & ~r.selfBit;
      if (r.meta.cut.holdId() == stale) {
        r.set.wantCut(r.meta.cut.cutId(), r.meta.cut.status());
      } else {
        verdictOpen = 0;
      }
      clearHoldWhenKnown();
    }
  }

  void tick() {
    if (state == HoldState.NONE) {
      return;
    }
    if (state == HoldState.VOIDING) {
      if (r.now >= voidUntil) {
        r.tell(Say.VOID_NOT_EVERYWHERE, holdId);
        end(false, endReason);
      }
    } else if (r.now >= deadline && state == HoldState.ENDING) {
      // The image was whole when the release came. A peer that has not confirmed keeps its flag
      // until the first write, which takes it down itself.
      r.tell(Say.VOID_NOT_EVERYWHERE, holdId);
      end(true, Say.HOLD_RELEASED);
    } else if (r.now >= deadline) {
      broken(Say.HOLD_DEADLINE);
    }
  }

  long deadline() {
    return switch (state) {
      case NONE -> Long.MAX_VALUE;
      case VOIDING -> voidUntil;
      default -> deadline;
    };
  }
}
