// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.partition.BackupRecord;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.Generations;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.PeerSlot;
import io.meikyo.core.partition.Stamp;
import io.meikyo.core.partition.Superblock;
import java.util.ArrayList;
import java.util.List;

/**
 * The superblock in memory and the one way to bring it to disk. Fields are changed freely; {@link
 * #save} promises that everything set before the call is durable when its continuation runs. One
 * superblock write is under way at a time; changes that come meanwhile go with the next.
 */
final class Metadata {
  private final Replica r;

  private long sequence;
  private long stampsIssued;
  long groupId;
  long epoch;
  int inSyncMask;
  int activeReplica = -1;
  Generations generations = Generations.NONE;
  Condition condition = Condition.BLANK;
  boolean wasActive;
  boolean clean;
  long bootId;
  Stamp stamp = Stamp.NONE;
  Stamp stampPending = Stamp.NONE;
  final PeerSlot[] slots = new PeerSlot[Identity.REPLICAS_MAX];
  CutRecord cut = CutRecord.NONE;
  BackupRecord backup = BackupRecord.OFF;
  boolean changeMapPartial;

  private boolean writing;
  private List<Runnable> waiting = new ArrayList<>();

  Metadata(Replica r) {
    this.r = r;
    java.util.Arrays.fill(slots, PeerSlot.UNKNOWN);
  }

  void load(Superblock s) {
    sequence = s.sequence();
    groupId = s.groupId();
    epoch = s.epoch();
    inSyncMask = s.inSyncMask();
    activeReplica = s.activeReplica();
    generations = s.generations();
    condition = s.condition();
    wasActive = s.wasActive();
    clean = s.clean();
    bootId = s.bootId();
    stamp = s.stamp();
    stampPending = s.stampPending();
    for (int i = 0; i < slots.length; i++) {
      slots[i] = s.peers().get(i);
    }
    cut = s.cut();
    backup = s.backup();
    changeMapPartial = s.changeMapPartial();
    stampsIssued = 0;
  }

  /**
   * Writes the superblock; {@code durable} runs when it is on disk, and never if the disk fails.
   */
  void save(Runnable durable) {
    waiting.add(durable);
    write();
  }

  /** Writes the superblock, nobody waits for it. */
  void save() {
    save(() -> {});
  }

  private void write() {
    if (writing || waiting.isEmpty()) {
      return;
    }
    writing = true;
    List<Runnable> served = waiting;
    waiting = new ArrayList<>();
    sequence++;
    Superblock s =
        new Superblock(
            sequence,
            r.config.identity(),
            r.geometry,
            groupId,
            epoch,
            inSyncMask,
            activeReplica,
            generations,
            condition,
            wasActive,
            clean,
            bootId,
            stamp,
            stampPending,
            List.of(slots),
            cut,
            backup,
            changeMapPartial);
    r.emit(new Effect.WriteSuperblock(r.ops.begin((ok, _, _) -> written(ok, served)), s));
  }

  private void written(boolean ok, List<Runnable> served) {
    writing = false;
    if (!ok) {
      r.diskFailed(Say.CLUSTER_PARTITION_FAILED);
      return;
    }
    served.forEach(Runnable::run);
    write();
  }

  /** A stamp that was never issued before and whose counter exceeds all that are known. */
  Stamp freshStamp(long atLeast) {
    long known = Math.max(stamp.counter(), stampPending.counter());
    stampsIssued = Math.max(Math.max(stampsIssued, known), atLeast) + 1;
    return new Stamp(stampsIssued, r.random());
  }
}
