// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.Identity;

/**
 * What a replica is told at its birth and never changes. All times in ns.
 *
 * @param identity the identity that the partition must carry (law 7)
 * @param geometry the shape that it must have
 * @param peersMask the other replicas of the mirror disk, bit per replica number
 * @param asyncMask those of them that are mirrored asynchronously (rule R17)
 * @param times deadlines and intervals
 * @param limits caps
 */
public record EngineConfig(
    Identity identity,
    Geometry geometry,
    int peersMask,
    int asyncMask,
    Times times,
    Limits limits) {

  /**
   * Deadlines and intervals, ns.
   *
   * @param ping interval of signs of life
   * @param silence nothing heard from a peer for so long: its session ends
   * @param lease how long an answer of an in-sync peer allows the active to serve reads; a peer
   *     waits as long (and {@code leaseMargin} more) before it asks to take over
   * @param leaseMargin room for clocks that do not run at one speed
   * @param answer the longest wait for a peer's answer to a write or flush before it counts as lost
   * @param shrink how long a lost peer may come back before its removal is proposed
   * @param restamp a new stamp is issued when writes go on and the present one is older than this
   * @param voidBudget the longest that writing VOID may keep writes back after a deadline (R11)
   * @param propose wait before an undecided proposal is asked about again
   */
  public record Times(
      long ping,
      long silence,
      long lease,
      long leaseMargin,
      long answer,
      long shrink,
      long restamp,
      long voidBudget,
      long propose) {

    /** For two servers on one LAN. */
    public static Times standard() {
      long ms = 1_000_000;
      return new Times(
          200 * ms,
          2000 * ms,
          3000 * ms,
          1000 * ms,
          5000 * ms,
          500 * ms,
          10_000 * ms,
          1000 * ms,
          500 * ms);
    }
  }

  /**
   * Caps.
   *
   * @param recoveryWindow chunks compared or repaired at once, over all peers
   * @param flushEveryRepairs repaired chunks after which the peer is asked to flush
   * @param asyncQueueBlocks blocks of acknowledged writes kept in memory for an asynchronous peer;
   *     beyond it they go to the history
   * @param historyBlocks blocks kept in the history for such a peer; beyond it the dirty map takes
   *     over
   */
  public record Limits(
      int recoveryWindow, int flushEveryRepairs, long asyncQueueBlocks, long historyBlocks) {
    /** For a data centre's disks. */
    public static Limits standard() {
      return new Limits(16, 256, 64 * 1024, 1024 * 1024);
    }
  }
}
