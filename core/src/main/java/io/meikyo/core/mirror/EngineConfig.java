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
 * @param asyncMask the replicas that are mirrored asynchronously, this one included (rule R17)
 * @param times deadlines and intervals
 * @param limits caps
 * @param pace how recovery gives way to the application
 */
public record EngineConfig(
    Identity identity,
    Geometry geometry,
    int peersMask,
    int asyncMask,
    Times times,
    Limits limits,
    Pace pace) {

  /** With the {@linkplain Pace#standard() standard pace}. */
  public EngineConfig(
      Identity identity,
      Geometry geometry,
      int peersMask,
      int asyncMask,
      Times times,
      Limits limits) {
    this(identity, geometry, peersMask, asyncMask, times, limits, Pace.standard());
  }

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

    /**
     * For machines that are never starved: a peer that is gone is noticed after 1.2 s instead of 2,
     * and may be replaced after 0.8 s instead of 4.
     */
    public static Times fast() {
      long ms = 1_000_000;
      return new Times(
          100 * ms,
          1200 * ms,
          600 * ms,
          200 * ms,
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

  /**
   * How recovery gives way to the application, see {@link LatencyGuard}. All times in ns.
   *
   * @param look how often the application's latency is looked at
   * @param gapMax the longest gap between the beginnings of two chunks: so slow recovery may become
   * @param factor how many times its latency without recovery the application must bear
   * @param allowance by how much the latency may rise in any case
   */
  public record Pace(long look, long gapMax, int factor, long allowance) {
    /** For applications that notice a doubled latency, and not a millisecond. */
    public static Pace standard() {
      long ms = 1_000_000;
      return new Pace(50 * ms, 100 * ms, 2, ms);
    }
  }
}
