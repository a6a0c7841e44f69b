// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.consensus;

import io.meikyo.sim.Prng;

/**
 * How a simulated log behaves: its own times, and what goes wrong in it. Times in ns; chances from
 * 0 to 1.
 *
 * @param electionMin a member that has heard no leader for a random time between these two stands
 *     for election
 * @param heartbeat how often a leader is heard
 * @param delayMean of a message between members; at least a tenth of it
 * @param messageLost a message is lost
 * @param messageTwice a message comes twice
 * @param forwardStalled a proposal on its way to the leader is held up, for {@code stallMean}
 * @param unknownTold a proposer is told early that nobody can say, and the proposal goes on
 * @param goesOn how much longer than its time such a proposal is still tried, as a factor
 * @param lags a member applies late, by {@code lagMean}
 * @param hintEmpty a hint names no leader
 * @param snapshotEvery entries after which a member shortens its log
 */
public record SimFaults(
    long electionMin,
    long electionMax,
    long heartbeat,
    long delayMean,
    double messageLost,
    double messageTwice,
    double forwardStalled,
    long stallMean,
    double unknownTold,
    double goesOn,
    double lags,
    long lagMean,
    double hintEmpty,
    int snapshotEvery) {
  private static final long MILLI = 1_000_000;

  /** Nothing goes wrong by itself. */
  public static SimFaults calm() {
    return new SimFaults(
        300 * MILLI, 600 * MILLI, 150 * MILLI, MILLI, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1000);
  }

  /** Much goes wrong, in each run something else. */
  public static SimFaults stormy(Prng prng) {
    return new SimFaults(
        300 * MILLI,
        600 * MILLI,
        150 * MILLI,
        prng.between(MILLI / 10, 20 * MILLI),
        prng.chance(0.5) ? 0.2 * prng.fraction() : 0,
        prng.chance(0.5) ? 0.2 * prng.fraction() : 0,
        prng.chance(0.5) ? 0.3 * prng.fraction() : 0,
        prng.between(100 * MILLI, 20_000 * MILLI),
        prng.chance(0.5) ? 0.3 * prng.fraction() : 0,
        prng.between(1, 8),
        prng.chance(0.5) ? prng.fraction() : 0,
        prng.between(MILLI, 2000 * MILLI),
        prng.chance(0.5) ? 0.5 * prng.fraction() : 0,
        prng.between(3, 60));
  }
}
