// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.control;

import io.meikyo.core.cluster.config.SelfFencing;
import io.meikyo.core.cluster.config.Timing;
import io.meikyo.sim.Prng;
import io.meikyo.sim.consensus.SimFaults;
import java.util.List;
import java.util.Locale;

/**
 * The fault model of one seed: each draws its own mixture, so that no fault hides another. Times in
 * ns, means of waiting times; 0: never. Chances from 0 to 1.
 */
final class ControlOptions {
  static final long MS = 1_000_000;
  static final long SECOND = 1000 * MS;

  /** Names of the servers; the one named last may be a witness. */
  final List<String> members;

  final boolean witness;

  /** Servers that have a replica of the mirror disk, by replica number. */
  final List<String> replicas;

  final Timing timing;
  final SelfFencing fencing;

  /** Every server has a watchdog that its service feeds. */
  final boolean watchdog;

  /** How long the safety phase lasts. */
  final long duration;

  final SimFaults log;
  final double clockSpread;
  final long timerLate;

  final long delayMean;
  final double messageLost;
  final double messageTwice;

  /** Mirror agents: signs of life, and when a silent one is taken for gone. */
  final long agentPing;

  final long agentSilence;

  /** How long an active relies on an answer of the other, and how much longer that is promised. */
  final long agentLease;

  final long agentMargin;
  final long writeMean;
  final long recoveryMean;

  final long startMean;
  final long stopMean;
  final double startFails;
  final double stopFails;
  final double hangs;
  final double hardFails;
  final double monitorLies;

  final long faultMean;
  final double crashInStep;
  final long peopleMean;
  final long serviceRestart;
  final long powerBack;

  ControlOptions(Prng p) {
    witness = p.chance(0.6);
    members =
        witness
            ? List.of("server1", "server2", "witness1")
            : List.of("server1", "server2", "server3");
    replicas = witness || p.chance(0.6) ? List.of("server1", "server2") : members;
    boolean fast = p.chance(0.5);
    long beat = fast ? 200 * MS : 500 * MS;
    long lease = fast ? 1000 * MS : 2000 * MS;
    timing =
        new Timing(
            fast ? Timing.Profile.FAST : Timing.Profile.CALM,
            beat,
            fast ? 600 * MS : 1500 * MS,
            lease,
            beat,
            300 * MS,
            600 * MS,
            p.between(1L, 4L) * SECOND);
    fencing =
        new SelfFencing(
            p.between(1L, 10L) * 100 * MS,
            p.between(5L, 80L) * 100 * MS,
            SelfFencing.LastResort.WATCHDOG);
    watchdog = p.chance(0.8);
    duration = p.between(20L, 60L) * SECOND;
    log = log(p);
    clockSpread = p.chance(0.3) ? 0 : p.chance(0.5) ? 0.0098 : 0.0098 * p.fraction();
    timerLate = p.chance(0.3) ? 0 : p.between(1L, 15L) * MS;
    delayMean = (long) (MS * p.logBetween(0.1, 40));
    messageLost = p.chance(0.5) ? 0.15 * p.fraction() : 0;
    messageTwice = p.chance(0.5) ? 0.2 * p.fraction() : 0;
    agentPing = 100 * MS;
    agentSilence = p.between(4L, 20L) * 100 * MS;
    agentLease = p.between(3L, 20L) * 100 * MS;
    agentMargin = agentLease / 20 + 20 * MS;
    writeMean = (long) (MS * p.logBetween(20, 400));
    recoveryMean = (long) (MS * p.logBetween(50, 4000));
    startMean = (long) (MS * p.logBetween(5, 1500));
    stopMean = (long) (MS * p.logBetween(5, 1500));
    startFails = p.chance(0.5) ? 0.2 * p.fraction() : 0;
    stopFails = p.chance(0.5) ? 0.2 * p.fraction() : 0;
    hangs = p.chance(0.5) ? 0.1 * p.fraction() : 0;
    hardFails = p.chance(0.15) ? 0.9 : p.chance(0.4) ? 0.3 * p.fraction() : 0;
    monitorLies = p.chance(0.5) ? 0.2 * p.fraction() : 0;
    faultMean = (long) (SECOND * p.logBetween(1, 25));
    crashInStep = p.chance(0.5) ? 0.006 * p.fraction() : 0;
    peopleMean = (long) (SECOND * p.logBetween(0.3, 20));
    serviceRestart = (long) (SECOND * p.logBetween(0.1, 8));
    powerBack = (long) (SECOND * p.logBetween(1, 15));
  }

  private static SimFaults log(Prng p) {
    return new SimFaults(
        300 * MS,
        600 * MS,
        150 * MS,
        (long) (MS * p.logBetween(0.1, 20)),
        p.chance(0.5) ? 0.1 * p.fraction() : 0,
        p.chance(0.5) ? 0.2 * p.fraction() : 0,
        p.chance(0.6) ? 0.3 * p.fraction() : 0,
        (long) (MS * p.logBetween(100, 8000)),
        p.chance(0.6) ? 0.3 * p.fraction() : 0,
        p.between(1, 6),
        p.chance(0.5) ? 0.5 * p.fraction() : 0,
        (long) (MS * p.logBetween(1, 800)),
        p.chance(0.5) ? 0.5 * p.fraction() : 0,
        p.between(5, 100));
  }

  long budget() {
    return fencing.suspend() + fencing.stop();
  }

  String describe() {
    return String.format(
        Locale.ROOT,
        "%s, %d replicas, lease %d ms, fencing %d + %d ms, watchdog %s, clocks ±%.2f %%, delay %.1f"
            + " ms, a fault each %.1f s, people each %.1f s, agents silent after %d ms",
        String.join(" ", members),
        replicas.size(),
        timing.leaseTtl() / MS,
        fencing.suspend() / MS,
        fencing.stop() / MS,
        watchdog,
        clockSpread * 100,
        delayMean / 1e6,
        faultMean / 1e9,
        peopleMean / 1e9,
        agentSilence / MS);
  }
}
