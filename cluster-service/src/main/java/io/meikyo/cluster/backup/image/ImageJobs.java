// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.CutStatus;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Images of cuts that this server writes from its own snapshots, and the list of those it has. A
 * job lives wholly here: it goes on whatever becomes of the other server. Any thread.
 */
public interface ImageJobs {
  /** How far a backup has come. */
  enum State {
    /** Its data is read and written. */
    WRITING,
    /** All is written; whether the replicas were equal is not known yet. */
    WAITING,
    /** It is whole, and its manifest stands. */
    COMPLETE,
    /** Nothing was to be written: the snapshots stand for whoever wants to read them. */
    KEPT,
    /** Snapshots that were kept, and stand no more. */
    GONE,
    /** There is no image. */
    FAILED;

    /** True if nothing more happens. */
    public boolean over() {
      return this != WRITING && this != WAITING;
    }
  }

  /**
   * What the cut was for one mirror disk.
   *
   * @param active the server on which it was active
   * @param heldMicros from the hold to its release
   * @param stalledMicros from the begin of the freeze to the end of the thaw
   */
  record Still(String active, long heldMicros, long stalledMicros) {}

  /**
   * What is wanted.
   *
   * @param cut the cut; its snapshots stand on this server
   * @param disks mirror disks
   * @param folder where the backup gets a folder of its own; null: the snapshots are only kept, for
   *     24 h at most
   * @param bytesPerSecond how fast it may be read; 0: as fast as can be
   * @param by who wants it
   * @param takenAtMillis wall clock of the cut, ms since 1970
   */
  record Request(
      long cut,
      SortedMap<String, Still> disks,
      @Nullable Path folder,
      long bytesPerSecond,
      String by,
      long takenAtMillis) {}

  /**
   * How a backup is.
   *
   * @param id of the backup: the cut in hexadecimal. A snapshot's name is {@code md1@ID}
   * @param disks its mirror disks
   * @param by who wanted it
   * @param takenAtMillis wall clock of the cut, ms since 1970
   * @param done bytes read so far, of all its mirror disks
   * @param total bytes to read; 0 as long as it is not known
   * @param verdict the worst of its mirror disks; {@link CutStatus#NONE} as long as it is not known
   * @param place the folder with its files; null if there is none
   * @param notices what is to be said; why it failed
   */
  record View(
      String id,
      State state,
      List<String> disks,
      String by,
      long takenAtMillis,
      long done,
      long total,
      CutStatus verdict,
      @Nullable Path place,
      List<Notice> notices) {}

  /** The id of the backup of a cut. */
  static String id(long cut) {
    return Long.toHexString(cut);
  }

  /**
   * What speaks against writing images of these mirror disks, before a cut is taken: the folder
   * cannot be written to, lies on one of them, has no room. Asks the mirror agent and blocks.
   *
   * @param folder null: nothing is to be written
   * @return empty: nothing
   */
  List<Notice> against(@Nullable Path folder, Collection<String> disks);

  /**
   * Begins, and returns as soon as the snapshots are adopted. If that fails the job has failed, and
   * says why; snapshots that it could not adopt end by themselves.
   */
  View start(Request request);

  /** A backup of this server; null if there was none of this id. */
  @Nullable View look(String id);

  /** All backups of this server, the newest first. */
  List<View> all();

  /** Ends a job that is under way; it fails, and its files go. False if there is none. */
  boolean cancel(String id);
}
