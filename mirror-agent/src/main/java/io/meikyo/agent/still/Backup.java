// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.still;

import io.meikyo.core.mirror.HoldState;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.CutStatus;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** One online backup on this server: disks that are held together, and what was frozen for it. */
final class Backup {
  /** A disk in it. */
  static final class Held {
    final StillDisk disk;
    final long holdId;

    /** What its cut is worth, once that is known. */
    final CompletableFuture<CutStatus> judged = new CompletableFuture<>();

    /** It was told to hold. Only for the still point's thread. */
    boolean asked;

    /** Its file systems began to be frozen then; boot time, ns; 0: none was. Same thread. */
    long freezesAt;

    /** Its writes waited from here; boot time, ns; 0: they have not. */
    volatile long heldAt;

    /** They went on here; boot time, ns; 0: not yet. */
    volatile long goesOnAt;

    Held(StillDisk disk, long holdId) {
      this.disk = disk;
      this.holdId = holdId;
    }

    void freezesFrom(long now) {
      freezesAt = freezesAt == 0 ? now : freezesAt;
    }

    private void heard(HoldState state, long now) {
      if (state == HoldState.DRAINING) {
        heldAt = now;
      } else if (state == HoldState.NONE) {
        goesOnAt = now;
      }
    }
  }

  /**
   * A file system that we froze, or may have frozen.
   *
   * @param mount which
   * @param freezing done when the child that froze it is gone
   */
  record Frozen(StillMount mount, CompletableFuture<?> freezing) {}

  /** A step of it did not succeed; the sentences say why. */
  static final class Failure extends Exception {
    private static final long serialVersionUID = 1;
    private final transient List<Notice> notices;

    Failure(List<Notice> notices) {
      super(notices.toString());
      this.notices = notices;
    }

    Failure(Notice notice) {
      this(List.of(notice));
    }

    List<Notice> notices() {
      return notices;
    }
  }

  final long cutId;
  final String by;

  /** How long it may take, from the first freeze on. */
  final long nanos;

  /** It is let go as soon as the cut stands: no backup mode, snapshots instead. */
  final boolean brief;

  final List<Held> held;

  /** What keeper and note know of and we have not tried yet. Only for the still point's thread. */
  final List<StillMount> announced = new ArrayList<>();

  /** What we froze, in that order. Only for the still point's thread. */
  final List<Frozen> frozen = new ArrayList<>();

  /** Done when it must end: a hold has ended by itself, or somebody wants it to end; with why. */
  final CompletableFuture<List<Notice>> broken = new CompletableFuture<>();

  /** Boot time, ns; 0 before the freeze. */
  volatile long deadline;

  /** The cut stands on all disks. */
  volatile boolean standing;

  /** It is being ended on purpose: holds that end are what was wanted. */
  volatile boolean ending;

  Backup(long cutId, String by, long nanos, boolean brief, List<Held> held) {
    this.cutId = cutId;
    this.by = by;
    this.nanos = nanos;
    this.brief = brief;
    this.held = List.copyOf(held);
  }

  String names() {
    return held.stream().map(h -> h.disk.name()).collect(Collectors.joining(", "));
  }

  boolean has(String mirror) {
    return held.stream().anyMatch(h -> h.disk.name().equals(mirror));
  }

  Held held(String mirror) {
    return held.stream().filter(h -> h.disk.name().equals(mirror)).findFirst().orElseThrow();
  }

  /** Seconds, for people. */
  static String seconds(long nanos) {
    return BigDecimal.valueOf(nanos / 1_000_000, 3).stripTrailingZeros().toPlainString();
  }

  /**
   * A hold of a disk has changed; any thread.
   *
   * @param now boot time, ns
   */
  void heard(StillDisk disk, long holdId, HoldState state, Notice why, long now) {
    for (Held h : held) {
      if (h.disk.equals(disk) && h.holdId == holdId) {
        h.heard(state, now);
      }
    }
    if (ending || (state != HoldState.NONE && state != HoldState.VOIDING)) {
      return;
    }
    for (Held h : held) {
      if (h.disk.equals(disk) && h.holdId == holdId) {
        broken.complete(List.of(why, Notice.of(StillNotice.HOLD_ENDED, disk.name())));
      }
    }
  }

  /** What a cut is worth is known; any thread. */
  void judged(StillDisk disk, long cut, CutStatus status) {
    for (Held h : held) {
      if (h.disk.equals(disk) && cut == cutId && status != CutStatus.VOID) {
        h.judged.complete(status);
      }
    }
  }
}
