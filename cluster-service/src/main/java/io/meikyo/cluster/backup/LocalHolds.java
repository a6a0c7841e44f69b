// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup;

import java.util.List;

/** Holds mirror disks that are active on this server. Calls block; any thread. */
public interface LocalHolds {
  /**
   * Flushes, freezes, holds and cuts these mirror disks, all of them or none.
   *
   * @param seconds the longest that writes may be held
   * @param language of what is said, {@code en} or {@code ja}
   */
  Holds.Answer freeze(List<String> disks, long cutId, long seconds, String by, String language);

  /** Lets them go on; what does not stand is no error. */
  Holds.Answer thaw(List<String> disks, String language);

  /**
   * Cuts these mirror disks, with a snapshot on every replica, and lets them go on at once; all of
   * them or none.
   *
   * @param millis the longest that the freeze and the hold may take
   */
  Holds.Answer cut(List<String> disks, long cutId, long millis, String by, String language);

  /** Deletes this server's snapshots of a cut; none is no error. */
  Holds.Answer forget(List<String> disks, long cutId, String language);

  /** Begins to compare the replicas of these mirror disks; returns when that is under way. */
  Holds.Answer verify(List<String> disks, String language);
}
