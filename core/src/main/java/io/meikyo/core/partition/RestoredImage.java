// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.partition;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What makes an image of a cluster partition good, and what a restore makes of it (rules R11, R13).
 * Pure functions; any thread may call.
 */
public final class RestoredImage {
  private RestoredImage() {}

  /** Why a partition is not the image of a cut. */
  public enum Flaw {
    /** Its data was a mixture, or it was never written, or its disk had failed. */
    NOT_CONSISTENT,
    /** The backup flag is off: it was not taken in backup mode. */
    FLAG_OFF,
    /** The flag is on, but no cut stands there that belongs to it. */
    NO_CUT,
    /** Writes went on before the image was declared done. */
    VOID,
    /** The replicas differed at the cut. */
    UNEQUAL,
    /** The activity log is another one than at the cut: writes went on. */
    LOG_MOVED_ON;

    /** The image holds no point in time that anybody stood still at: it must not be used. */
    public boolean isVoid() {
      return this == VOID || this == LOG_MOVED_ON;
    }
  }

  /**
   * What is wrong with an image, from the partition alone; nothing if it is good.
   *
   * @param image its superblock
   * @param log newest transaction of its activity log
   * @param logDoubtful a newer transaction may be lost
   */
  public static List<Flaw> flaws(Superblock image, LogTransaction log, boolean logDoubtful) {
    List<Flaw> flaws = new ArrayList<>();
    CutRecord cut = image.cut();
    boolean whole =
        image.condition() == Condition.CONSISTENT || image.condition() == Condition.RESTORED;
    if (!whole) {
      flaws.add(Flaw.NOT_CONSISTENT);
    }
    if (cut.status() == CutStatus.VOID) {
      flaws.add(Flaw.VOID);
    } else if (!image.backup().flagOn()) {
      flaws.add(Flaw.FLAG_OFF);
    } else if (cut.cutId() == 0 || image.backup().cutId() != cut.cutId()) {
      flaws.add(Flaw.NO_CUT);
    } else if (cut.status() == CutStatus.UNEQUAL) {
      flaws.add(Flaw.UNEQUAL);
    }
    // What a standby was hot in when it last led stays in its log until it is recovered; only on
    // the active everything was flushed and the log emptied before the cut.
    boolean ofTheActive = image.activeReplica() == image.identity().replica();
    boolean hot = ofTheActive && log.extents().length > 0;
    if (image.backup().flagOn() && (log.sequence() != cut.logSequence() || hot || logDoubtful)) {
      flaws.add(Flaw.LOG_MOVED_ON);
    }
    return flaws;
  }

  /**
   * The superblock of the replica that a restore makes of an image: data, identity of the mirror
   * disk, line of data, cut and backup flag are kept; epoch, active, stamps and what was known of
   * peers are not. To be written as a new life of the partition, with a log whose newest
   * transaction is empty and has the sequence in the cut record, and with clear maps.
   *
   * @param image what was found
   * @param identity who it is from now on: the same mirror disk, the replica of this server
   * @param stamp what {@link #stamp} gives
   * @param good it has no flaw; otherwise its cut is forgotten, so that it pairs with no other
   */
  public static Superblock initialised(
      Superblock image, Identity identity, Stamp stamp, boolean good) {
    boolean proven = good && image.cut().status() == CutStatus.PROVEN;
    return new Superblock(
        1,
        identity,
        image.geometry(),
        0,
        0,
        image.inSyncMask(),
        -1,
        image.generations(),
        Condition.RESTORED,
        false,
        true,
        0,
        stamp,
        Stamp.NONE,
        Collections.nCopies(Identity.REPLICAS_MAX, PeerSlot.UNKNOWN),
        good ? image.cut() : CutRecord.NONE,
        good ? image.backup() : new BackupRecord(true, 0, 0, image.backup().beganAtMillis()),
        !proven);
  }

  /**
   * The stamp of a restored replica. It stands in no image, so that a decision which names it was
   * made for this very restore; and its counter is far above all that the line of data can have
   * reached since the cut, also if the same image is restored once more, as long as the clock goes
   * on.
   *
   * @param image what was found
   * @param wallMillis wall clock, milliseconds since 1970
   * @param random a random number
   */
  public static Stamp stamp(Superblock image, long wallMillis, long random) {
    long known = Math.max(image.stamp().counter(), image.stampPending().counter());
    return new Stamp(Math.max(known + 1, wallMillis), random == 0 ? 1 : random);
  }
}
