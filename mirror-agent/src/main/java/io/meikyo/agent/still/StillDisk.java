// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.still;

import io.meikyo.core.mirror.HoldState;
import io.meikyo.core.mirror.Say;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.CutStatus;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A mirror disk as the still point sees it. Any thread but the loop's; the futures end on the
 * loop's.
 */
interface StillDisk {
  /** Name of the mirror disk. */
  String name();

  /**
   * What it is now.
   *
   * @param obstacle why it cannot be held now; null if nothing speaks against it
   * @param voided the newest cut on its partition is void
   */
  record View(@Nullable Notice obstacle, boolean voided) {}

  /** Looks at it; ends exceptionally never, but may not end if its loop hangs. */
  CompletableFuture<View> view();

  /** Its block device; null if there is none for file systems, or not yet. */
  @Nullable Path device();

  /** The longest hold that its users bear, s. */
  long secondsMax();

  /** Why not longer, for people: what its users have. */
  String kind();

  /** Who thaws when we cannot; null if nobody. */
  @Nullable FreezeKeeper keeper();

  /** The answer to a command. */
  record Answer(boolean ok, Notice notice) {}

  /**
   * Holds writes.
   *
   * @param deadline boot time, ns
   * @param wallMillis wall clock of now
   * @param backupMode with the backup flag at the cut; else with a snapshot
   */
  CompletableFuture<Answer> hold(long holdId, long deadline, long wallMillis, boolean backupMode);

  /** Takes the cut in the hold. */
  CompletableFuture<Answer> cut(long cutId);

  /** Ends the hold, well. */
  CompletableFuture<Answer> release(long holdId);

  /** Gives the disk back at the cut that stands; flag and cut stay on every replica. */
  CompletableFuture<Answer> seal();

  /** Ends whatever hold stands, as broken. */
  CompletableFuture<Answer> breakOff(Say why);

  /** Nobody wants this server's snapshot of that cut, if there is one. Returns at once. */
  void forget(long cutId);

  /** Is told; on the loop's thread, which must not be held up. */
  interface Listener {
    /** The hold changed. */
    void hold(long holdId, HoldState state, Notice why);

    /** What a cut is worth has become known. */
    void cut(long cutId, CutStatus status);
  }

  /** Adds one. */
  void listen(Listener listener);
}
