// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.link.Message.Parting;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.Stamp;
import io.meikyo.core.partition.Superblock;

/**
 * Opening and closing of the partitions. The edge gives {@link Event.Attach} only when no I/O of a
 * former life of the agent can still land on them (rule R16).
 */
final class Attachment {
  private final Replica r;
  private long detachCommand;
  private boolean detaching;
  private boolean closing;

  Attachment(Replica r) {
    this.r = r;
  }

  void attach(Event.Attach e) {
    Superblock s = e.loaded().superblock();
    if (r.role != Role.DETACHED) {
      r.tell(Say.ATTACHED_ALREADY);
      return;
    }
    if (!s.identity().equals(r.config.identity())) {
      r.tell(Say.IDENTITY_DIFFERS, s.identity(), r.config.identity());
      return;
    }
    if (!s.geometry().equals(r.geometry)) {
      r.tell(Say.GEOMETRY_DIFFERS, s.geometry(), r.geometry);
      return;
    }
    if (e.record() != null
        && s.groupId() != 0
        && !r.set.sameLine(e.record().groupId(), s.groupId())) {
      r.tell(Say.GROUP_DIFFERS, s.groupId(), e.record().groupId());
      return;
    }
    r.meta.load(s);
    for (int m = 0; m < r.maps.length; m++) {
      r.maps[m].load(e.loaded().maps().get(m));
    }
    r.log.load(e.loaded().log());
    r.bootId = e.bootId();
    r.zeroGranularity = e.zeroGranularity();
    r.groupId = s.groupId();
    r.epoch = s.epoch();
    r.activeReplica = s.activeReplica();
    r.cacheLost =
        !s.clean() && s.condition() != Condition.BLANK && s.bootId() != 0 && s.bootId() != r.bootId;
    r.rolledBack = false;
    r.forgetful = !s.clean() && !s.wasActive();
    r.meta.changeMapPartial |= !s.clean() && !s.wasActive();
    r.promiseUntil = r.now + r.config.times().lease() + r.config.times().leaseMargin();
    r.become(Role.STANDBY, Say.ATTACHED);
    if (r.cacheLost) {
      r.tell(Say.CACHE_LOST_HERE);
    }
    r.set.start(e.record());
    judge();
    if (r.meta.backup.flagOn()) {
      r.tell(Say.FLAG_MEANS, meaning());
    }
    r.restored.begin();
  }

  /** Compares our stamp with the one that the authority remembers (law 12). */
  void judge() {
    if (!r.set.seen()) {
      return;
    }
    SetRecord record = r.set.record();
    if (r.groupId == 0) {
      r.groupId = record.groupId();
      r.meta.groupId = r.groupId;
    }
    if (record.epoch() > r.epoch) {
      r.epoch = record.epoch();
      r.activeReplica = record.active();
    }
    Stamp expected = record.stamps().get(r.self);
    // A restored image is an old one on purpose, and waits for a decision in any case.
    boolean good =
        r.meta.condition == Condition.RESTORED
            || !expected.isSome()
            || expected.equals(r.meta.stamp)
            || expected.equals(r.meta.stampPending)
            || r.meta.stamp.counter() > expected.counter();
    if (!good && !r.rolledBack && r.role == Role.STANDBY) {
      r.rolledBack = true;
      r.tell(Say.ROLLED_BACK_HERE, r.meta.stamp, expected);
    }
  }

  /** What the backup flag on our partition means now. */
  Meaning meaning() {
    SetRecord record = r.set.record();
    MeaningTable.Hold hold =
        !r.set.seen()
            ? MeaningTable.Hold.SILENT
            : record.holdId() != 0 && record.holdId() == r.meta.backup.holdId()
                ? MeaningTable.Hold.SAME
                : r.promotion.decidedUnseen(record)
                    ? MeaningTable.Hold.DECIDED
                    : MeaningTable.Hold.OTHER;
    MeaningTable.Flag there = MeaningTable.Flag.UNKNOWN;
    for (Peer p : r.peers) {
      if (p.view != null) {
        boolean on = p.view.backup().flagOn();
        there = on ? MeaningTable.Flag.ON : MeaningTable.Flag.OFF;
      }
    }
    return MeaningTable.decide(
        r.meta.backup.flagOn() ? MeaningTable.Flag.ON : MeaningTable.Flag.OFF,
        there,
        hold,
        r.meta.bootId == r.bootId);
  }

  void detach(Event.Detach e) {
    if (r.role == Role.FAILED) {
      r.become(Role.DETACHED, Say.DETACHED);
      r.commandDone(e.command(), true, Say.DETACHED);
      return;
    }
    if (r.role != Role.STANDBY || detaching) {
      r.commandDone(e.command(), false, Say.DETACH_NEEDS_STANDBY);
      return;
    }
    detaching = true;
    detachCommand = e.command();
    r.sessions.closeAll(Parting.DETACHING);
    quiet();
  }

  boolean detaching() {
    return detaching;
  }

  /** The disk failed while the partitions were being closed. */
  void failed(Say why) {
    if (detaching) {
      detaching = false;
      closing = false;
      r.commandDone(detachCommand, false, why);
    }
  }

  /** Nothing is under way on the data partition: flush, say that it is clean, close. */
  void quiet() {
    if (!detaching || closing || r.dataWrites > 0) {
      return;
    }
    closing = true;
    keepRecent(this::flushAndClose);
  }

  /**
   * What was under way when we last followed is forgotten with the process: into the maps with it.
   */
  private void keepRecent(Runnable done) {
    if (r.recent.isEmpty()) {
      done.run();
      return;
    }
    int[] open = {1};
    Runnable page =
        () -> {
          if (--open[0] == 0) {
            done.run();
          }
        };
    for (Peer p : r.peers) {
      r.recent.addTo(r.dirty(p));
      open[0]++;
      r.store.persist(p.id, page);
    }
    page.run();
  }

  private void flushAndClose() {
    r.flushData(() -> {
      if (!detaching) {
        return;
      }
      // Who forgot which writes were under way does not remember them by being closed in good
      // order.
      r.meta.clean = !r.cacheLost && !r.meta.wasActive && !r.forgetful;
      r.meta.save(() -> {
        if (!detaching) {
          return;
        }
        detaching = false;
        closing = false;
        r.become(Role.DETACHED, Say.DETACHED);
        r.commandDone(detachCommand, true, Say.DETACHED);
      });
    });
  }
}
