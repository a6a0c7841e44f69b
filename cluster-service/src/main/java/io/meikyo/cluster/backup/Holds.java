// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup;

import java.util.List;
import java.util.Map;

/** Holds mirror disks on the servers where they are active. Calls block; any thread. */
public interface Holds {
  /** A server that could not be asked, or did not answer. */
  int UNREACHED = -1;

  /** Nothing was begun. */
  int REFUSED = 4;

  /** Some image is void. */
  int VOID = 3;

  /**
   * What a server answered.
   *
   * @param status 0 done; {@link #UNREACHED}, {@link #REFUSED}, {@link #VOID}; else it failed and
   *     was rolled back there
   * @param facts by name
   * @param said sentences for people
   */
  record Answer(int status, Map<String, String> facts, List<String> said) {
    /** Freezes both. */
    public Answer {
      facts = Map.copyOf(facts);
      said = List.copyOf(said);
    }

    boolean done() {
      return status == 0;
    }
  }

  /** Flushes, freezes, holds and cuts these mirror disks of a server, all of them or none. */
  Answer freeze(String server, List<String> disks, long cutId, long seconds, String by)
      throws InterruptedException;

  /** Lets them go on; what does not stand is no error. */
  Answer thaw(String server, List<String> disks) throws InterruptedException;

  /**
   * Cuts these mirror disks of a server, with a snapshot on every replica, and lets them go on at
   * once; all of them or none.
   *
   * @param millis the longest that the freeze and the hold may take
   */
  Answer cut(String server, List<String> disks, long cutId, long millis, String by, String language)
      throws InterruptedException;

  /** Deletes the snapshots that a server has of a cut; none is no error. */
  Answer forget(String server, List<String> disks, long cutId) throws InterruptedException;

  /** Begins to compare the replicas of these mirror disks, which are active there. */
  Answer verify(String server, List<String> disks) throws InterruptedException;
}
