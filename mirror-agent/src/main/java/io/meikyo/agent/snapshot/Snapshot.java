// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.Superblock;
import org.jspecify.annotations.Nullable;

/**
 * One snapshot: what a provider has taken, what became of its cut, who wants it. For the loop's
 * thread.
 */
abstract sealed class Snapshot permits CopiedSnapshot, ImageSnapshot {
  /** Why it is lost. */
  enum Why {
    /** There is no room left. */
    FULL,
    /** The disk, the store or the provider has failed. */
    FAILED,
    /** A copy took too long. */
    STUCK,
    /** Nobody wants it any more. */
    DELETED
  }

  /** Who is told. */
  interface Owner {
    /** A write may go on its way. */
    void pass(long ticket);

    /** It is lost; perhaps called in the middle of a write. */
    void lost(Snapshot snapshot);

    /** It is lost or left, and nothing uses its descriptor any more; once. */
    void unused(Snapshot snapshot);
  }

  /** Who is told. */
  final Owner owner;

  private final Superblock atCut;
  private final long takenMillis;
  private final boolean ledHere;
  private CutRecord cut;
  private boolean open = true;
  private int silence;
  private String by = "";
  private int ios;
  private boolean unused;
  private @Nullable Why why;
  private String reason = "";

  /**
   * Of a cut.
   *
   * @param atCut superblock of the cut
   * @param takenMillis wall clock
   * @param ledHere this replica was the active at the cut
   */
  Snapshot(Superblock atCut, long takenMillis, boolean ledHere, Owner owner) {
    this.atCut = atCut;
    this.cut = atCut.cut();
    this.takenMillis = takenMillis;
    this.ledHere = ledHere;
    this.owner = owner;
  }

  final long cutId() {
    return atCut.cut().cutId();
  }

  final Superblock atCut() {
    return atCut;
  }

  final long takenMillis() {
    return takenMillis;
  }

  final boolean ledHere() {
    return ledHere;
  }

  // ---- what was taken

  /** What the provider has given; null: it is being looked for. */
  abstract @Nullable Taken taken();

  /** False: it is lost, deleted or left. */
  abstract boolean stands();

  /** It stands, and its bytes can be read here. */
  abstract boolean readable();

  /** Where a chunk lies in the store; negative: it is on the disk. */
  abstract int slotOf(long chunk);

  /** What is read where nothing lies in the store. */
  abstract int diskFd();

  /** The store. */
  abstract int storeFd();

  /** Bytes in the store; 0: not counted here. */
  abstract long usedBytes();

  /** Bytes that the store may have; 0: not limited here. */
  abstract long capBytes();

  /** Nobody wants it any more. */
  abstract void delete();

  /** Why it is lost; null while it stands. */
  final @Nullable Why why() {
    return why;
  }

  /** What failed, in words; "" if nothing did. */
  final String reason() {
    return reason;
  }

  /** Notes why it is lost; the first reason counts. */
  final void because(Why what, String words) {
    if (why == null) {
      why = what;
      reason = words;
    }
  }

  final void ioBegins() {
    ios++;
  }

  final void ioEnds() {
    ios--;
    unusedIfLost();
  }

  final void unusedIfLost() {
    if (!stands() && ios == 0 && !unused) {
      unused = true;
      owner.unused(this);
    }
  }

  // ---- the cut

  /** The cut with what is known of its worth. */
  final CutRecord cut() {
    return cut;
  }

  /** True until its worth is known, or nobody will ever say. */
  final boolean isOpen() {
    return open;
  }

  final void judged(CutRecord known) {
    cut = known;
    open = false;
  }

  /** Counts the looks in a row at which nobody was there who could judge. */
  final int silence(boolean nobody) {
    silence = nobody ? silence + 1 : 0;
    return silence;
  }

  // ---- who wants it

  /** "": nobody. */
  final String by() {
    return by;
  }

  final void adopt(String who) {
    by = who;
  }

  /** As others see it. */
  final SnapshotView view(String name, String provider) {
    Taken here = taken();
    return new SnapshotView(
        name,
        stands(),
        why == null ? "" : why.name(),
        reason,
        usedBytes(),
        capBytes(),
        takenMillis,
        by,
        open,
        cut,
        atCut,
        provider,
        here instanceof Taken.Elsewhere e ? e.where() : "");
  }
}
