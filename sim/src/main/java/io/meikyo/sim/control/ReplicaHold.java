// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.control;

import io.meikyo.core.cluster.NodeEvent;
import io.meikyo.core.mirror.SetRecord;

/**
 * The hold of a backup as one replica keeps it, and what of it stands on its partition: flag and
 * cut. A hold is ended by word, by its deadline, by the loss of a peer or of the role; or it is
 * given back at its cut, with the flag on every replica.
 */
final class ReplicaHold {
  private static final long AGAIN = 200_000_000L;

  private final ReplicaModel r;
  private final ControlWorld w;

  // On its partition.
  private boolean flag;
  private long cutId;
  private boolean cutVoid;

  /** In which the flag went on. */
  private long flagEpoch;

  // Of one life.
  private boolean held;
  private boolean sealing;
  private int cutOn;

  ReplicaHold(ReplicaModel r, ControlWorld w) {
    this.r = r;
    this.w = w;
  }

  /** A new life of the agent: what it held it does not know. */
  void begin() {
    held = false;
    sealing = false;
  }

  boolean held() {
    return held;
  }

  boolean held(long cut) {
    return r.works() && held && cutId == cut;
  }

  boolean sealing() {
    return sealing;
  }

  NodeEvent.Agent.Still view() {
    return new NodeEvent.Agent.Still(held, flag, cutId, cutVoid);
  }

  // ---- begin and end

  /** Writes wait from now on, so long at most; false if it cannot be. */
  boolean hold(long cut, long nanos) {
    SetRecord record = r.record();
    if (held || record == null || !r.mayHold()) {
      return false;
    }
    held = true;
    flag = true;
    flagEpoch = record.epoch();
    cutId = cut;
    cutVoid = false;
    r.after(
        nanos,
        () -> {
          if (held && cutId == cut) {
            w.cover.hit("backup: deadline");
            broken();
          }
        });
    return true;
  }

  /** Ends it by word; false if it had ended by itself. */
  boolean release(long cut) {
    boolean stood = held && cutId == cut && !sealing;
    if (stood) {
      held = false;
      flag = false;
      r.plan();
    }
    return stood && !cutVoid;
  }

  /** It has ended before its time. */
  void broken() {
    if (sealing) {
      sealing = false;
      long cut = cutId;
      r.toPeers(p -> p.still().ended(cut));
    }
    held = false;
    flag = false;
    cutVoid = true;
  }

  private void ended(long cut) {
    if (cutId == cut) {
      used();
    }
  }

  /** The role of an active begins: what a flag of before says is true no more. */
  void leads() {
    if (flag && !held) {
      broken();
    }
  }

  /** The role ends: at the cut as ordered, or the hold goes with it. */
  void leadsNoMore() {
    if (sealing && held) {
      held = false;
      sealing = false;
      w.offlines.sealed(cutId, r.name(), r.holds());
    } else if (held) {
      broken();
    }
  }

  /** True if the hold of this cut has stood until it was ended by word. */
  boolean wasGood(long cut) {
    return cutId == cut && !cutVoid && !held && !flag;
  }

  // ---- given back at the cut

  /** Flag and cut go to every replica, then the role is given back. False if it cannot be. */
  boolean seal(long cut) {
    SetRecord record = r.record();
    if (!r.works() || !held || cutId != cut || sealing || record == null || !r.mayGiveBack()) {
      return false;
    }
    sealing = true;
    cutOn = 1 << r.self();
    sendCut(record.epoch());
    return true;
  }

  /** Said again until all have it. */
  private void sendCut(long epoch) {
    if (!sealing || !held) {
      return;
    }
    long cut = cutId;
    long holds = r.holds();
    int from = r.self();
    r.toPeers(p -> p.still().cutHere(from, cut, holds, epoch));
    r.after(AGAIN, () -> sendCut(epoch));
  }

  private void cutHere(int from, long cut, long holds, long epoch) {
    if (r.follows(from, epoch) && r.holds() == holds) {
      flag = true;
      flagEpoch = epoch;
      cutId = cut;
      cutVoid = false;
      int self = r.self();
      r.send(from, p -> p.still().cutThere(self, cut));
    }
  }

  private void cutThere(int from, long cut) {
    SetRecord record = r.record();
    if (sealing && held && cutId == cut && record != null) {
      cutOn |= 1 << from;
      if ((record.inSyncMask() & ~cutOn) == 0 && r.mayGiveBack()) {
        r.giveBack();
      }
    }
  }

  /** Its cut stands, and it has given its role back. */
  boolean sealed(long cut) {
    return r.isAtRest() && marked() && cutId == cut && !held;
  }

  // ---- the flag

  /** Its partition says that an image of it would be good. */
  boolean marked() {
    return flag && !cutVoid;
  }

  boolean flagged() {
    return flag;
  }

  long cut() {
    return cutId;
  }

  /** Somebody leads in a newer epoch. */
  void ledIn(long epoch) {
    if (epoch > flagEpoch) {
      used();
    }
  }

  /** What is here is not what a flag says any more. */
  void used() {
    if (flag && !held) {
      w.cover.hit("replica: a flag goes off as void");
      flag = false;
      cutVoid = true;
    }
  }

  /** The operator ends backup mode here; false if that cannot be now. */
  boolean flagOff() {
    if (!r.works() || held || r.record() == null) {
      return false;
    }
    flag = false;
    return true;
  }
}
