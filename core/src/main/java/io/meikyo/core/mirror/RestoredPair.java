// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.Stamp;
import java.util.ArrayList;
import java.util.List;

/**
 * The one decision that makes replicas in sync that nobody has copied: restored images of one cut
 * (rule R13). Every replica of the mirror disk proposes the same record, worked out from what all
 * of them show; whoever decides takes it only when each has done so (laws 4 and 12). So no replica
 * comes into the set by its own word, nor by the word of one other.
 *
 * <p>Pure functions, the same on every side.
 */
public final class RestoredPair {
  private static final long FOR_GENERATION = 0x6a09e667f3bcc908L;
  private static final long FOR_PROPOSAL = 0xbb67ae8584caa73bL;

  private RestoredPair() {}

  /**
   * True if a proposed record is such a decision: nobody is active, and a new line of data begins.
   * No other proposal does both.
   *
   * @param now the record that it would follow
   * @param next the proposed one
   */
  public static boolean is(SetRecord now, SetRecord next) {
    return next.active() < 0 && next.generation() != now.generation();
  }

  /**
   * The record that the replicas propose.
   *
   * @param now the record that it follows
   * @param members the replicas, bit per number
   * @param shown the stamp that each of them shows, per replica number; chosen by its restore
   * @param cutId the cut that all are images of
   * @param worth what that cut is worth by the word of all of them
   */
  static SetRecord next(
      SetRecord now, int members, List<Stamp> shown, long cutId, CutStatus worth) {
    long seed = mix(mix(now.groupId()) ^ now.version()) ^ mix(cutId);
    List<Stamp> stamps = new ArrayList<>(now.stamps());
    for (int replica = 0; replica < Identity.REPLICAS_MAX; replica++) {
      if ((members & 1 << replica) != 0) {
        Stamp stamp = shown.get(replica);
        seed = mix(mix(seed ^ replica) ^ stamp.counter()) ^ mix(stamp.random());
        stamps.set(replica, stamp);
      }
    }
    return new SetRecord(
        now.groupId(),
        now.version() + 1,
        now.epoch() + 1,
        -1,
        members,
        some(mix(seed ^ FOR_GENERATION), now.generation()),
        stamps,
        some(mix(seed ^ FOR_PROPOSAL), now.proposalId()),
        0,
        cutId,
        worth);
  }

  /** Not 0, and not the one before. */
  private static long some(long drawn, long before) {
    long n = drawn;
    while (n == 0 || n == before) {
      n = mix(n + 1);
    }
    return n;
  }

  /** The finaliser of SplitMix64. */
  private static long mix(long n) {
    long x = n + 0x9E3779B97F4A7C15L;
    x = (x ^ x >>> 30) * 0xBF58476D1CE4E5B9L;
    x = (x ^ x >>> 27) * 0x94D049BB133111EBL;
    return x ^ x >>> 31;
  }
}
