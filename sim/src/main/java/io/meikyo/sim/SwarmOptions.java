// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.mirror.EngineConfig;
import io.meikyo.core.partition.Geometry;
import java.util.EnumMap;
import java.util.Map;

/**
 * The fault model: everything that differs from seed to seed besides luck. Each seed has its own
 * subset of the faults and its own rates, so that one seed is calm but for one kind of trouble and
 * another has all of it. Times are ns of simulated time; a rate is the mean time between two faults
 * of the kind, 0 if the seed has none.
 */
final class SwarmOptions {
  static final long US = 1_000;
  static final long MS = 1_000_000;

  // ---- shape
  final int replicas;
  final Geometry geometry;
  final EngineConfig.Times times;
  final EngineConfig.Pace pace;
  final EngineConfig.Limits limits;
  final int[] zeroGranularity = new int[8];
  final boolean bytes;

  // ---- load
  final int queueDepth;
  final double thinkMean;
  final double readShare;
  final double zeroShare;
  final double discardShare;
  final double flushShare;
  final double fuaShare;
  final int requestBlocksMax;
  final int hotBlocks;
  final double hotShare;
  final double strayShare;
  final boolean resend;
  final int eventBudget;

  // ---- speeds
  final double diskMean;
  final double diskTailShare;
  final double diskTailMean;
  final double flushMean;
  final double linkMean;
  final double linkTailShare;
  final double authorityMean;
  final double tickLateMean;
  final int driftPpmMax;

  // ---- faults
  private final Map<Fault, Double> meanBetween = new EnumMap<>(Fault.class);
  final double effectCrashMean;
  final double rareEffectCrash;
  final double frameLoss;
  final double frameTwice;
  final double oldFrames;
  final double proposalLost;
  final double proposalAnswerLost;
  final double proposalLate;
  final double recordPushLost;
  final double snapshotFails;

  /** Blocks of a chunk of a snapshot. */
  final int snapshotChunk;

  /** Chunks that a snapshot has room for. */
  final int snapshotSlots;

  final double historyFails;

  /** Replicas that are mirrored asynchronously. */
  final int asyncMask;

  final double downMean;
  final double restartMean;

  // ---- people
  final double controlEvery;
  final double patienceMean;
  final double moveMean;
  final double doubleActivate;
  final double needlessActivate;
  final double holdMean;
  final double backupShare;
  final double commandMean;
  final boolean forced;

  SwarmOptions(Prng p) {
    replicas = p.chance(0.75) ? 2 : 3;
    int chunk = 1 << p.between(0, 2);
    int extent = chunk * (1 << p.between(0, 2));
    int blocks = Math.max(32, 1 << p.between(5, 8)) - (p.chance(0.3) ? p.below(chunk) : 0);
    geometry = new Geometry(4096, blocks, chunk, extent, p.between(2, 8), 64);
    double scale = p.logBetween(0.5, 2);
    times = times(scale, p);
    long ms = (long) (MS * scale);
    pace = new EngineConfig.Pace(ms, 2 * ms, 2, ms / 10);
    limits =
        new EngineConfig.Limits(
            p.between(1, 8), 1 << p.between(0, 5), 1L << p.between(3, 8), 1L << p.between(3, 9));
    int granularity = p.below(4);
    for (int i = 0; i < zeroGranularity.length; i++) {
      zeroGranularity[i] = p.chance(0.2) ? p.below(3) : granularity;
    }
    bytes = p.chance(0.7);

    queueDepth = 1 << p.between(0, 5);
    thinkMean = p.logBetween(60 * US, 1500 * US);
    readShare = p.fraction() * 0.6;
    zeroShare = p.chance(0.5) ? p.fraction() * 0.2 : 0;
    discardShare = p.chance(0.4) ? p.fraction() * 0.2 : 0;
    flushShare = p.chance(0.9) ? p.logBetween(0.01, 0.25) : 0;
    fuaShare = p.chance(0.5) ? p.fraction() * 0.3 : 0;
    requestBlocksMax = Math.max(1, 1 + p.below(Math.min(8, extent)));
    hotBlocks = 1 + p.below(12);
    hotShare = p.chance(0.7) ? p.fraction() : 0;
    strayShare = p.chance(0.5) ? 0.01 : 0;
    resend = p.chance(0.5);
    eventBudget = (int) p.logBetween(4_000, 40_000);

    diskMean = p.logBetween(15 * US, 400 * US);
    diskTailShare = p.chance(0.6) ? p.logBetween(0.001, 0.05) : 0;
    diskTailMean = p.logBetween(1 * MS, 30 * MS);
    flushMean = p.logBetween(30 * US, 2 * MS);
    linkMean = p.logBetween(10 * US, 500 * US);
    linkTailShare = p.chance(0.4) ? p.logBetween(0.001, 0.03) : 0;
    authorityMean = p.logBetween(100 * US, 4 * MS);
    tickLateMean = p.logBetween(1 * US, 500 * US);
    driftPpmMax = p.chance(0.7) ? 1000 : 0;

    // A third of the seeds is calm in most respects; the others mix.
    double wild = p.chance(0.3) ? 0.2 : 0.6;
    for (Fault f : Fault.values()) {
      if (p.chance(wild)) {
        meanBetween.put(f, p.logBetween(f.often, f.often * 8));
      }
    }
    effectCrashMean = p.chance(wild) ? p.logBetween(300, 8000) : 0;
    rareEffectCrash = p.chance(wild) ? p.logBetween(0.005, 0.1) : 0;
    frameLoss = p.chance(wild * 0.5) ? p.logBetween(0.0001, 0.005) : 0;
    frameTwice = p.chance(wild * 0.5) ? p.logBetween(0.0001, 0.01) : 0;
    oldFrames = p.chance(wild) ? 0.5 : 0;
    proposalLost = p.chance(wild) ? p.fraction() * 0.2 : 0;
    proposalAnswerLost = p.chance(wild) ? p.fraction() * 0.2 : 0;
    proposalLate = p.chance(wild) ? p.fraction() * 0.15 : 0;
    recordPushLost = p.chance(wild) ? p.fraction() * 0.5 : 0;
    snapshotFails = p.chance(0.3) ? 0.1 : 0;
    asyncMask = p.chance(0.12) ? 1 << (replicas - 1) : 0;
    historyFails = asyncMask != 0 && p.chance(0.4) ? 0.05 : 0;
    downMean = p.logBetween(5 * MS, 150 * MS);
    restartMean = p.logBetween(1 * MS, 40 * MS);

    controlEvery = p.logBetween(1 * MS, 5 * MS);
    patienceMean = p.logBetween(2 * MS, 60 * MS);
    moveMean = p.chance(0.5) ? p.logBetween(40 * MS, 600 * MS) : 0;
    doubleActivate = p.chance(0.4) ? 0.3 : 0;
    needlessActivate = p.chance(0.3) ? 0.02 : 0;
    holdMean = p.chance(0.6) ? p.logBetween(15 * MS, 200 * MS) : 0;
    backupShare = p.fraction();
    commandMean = p.chance(0.5) ? p.logBetween(20 * MS, 400 * MS) : 0;
    forced = p.chance(0.2);
    snapshotChunk = 1 << p.between(0, 3);
    snapshotSlots = p.chance(0.3) ? p.below(6) : blocks;
  }

  private static EngineConfig.Times times(double scale, Prng p) {
    long ms = (long) (MS * scale);
    long silence = 20 * ms;
    return new EngineConfig.Times(
        2 * ms,
        silence,
        30 * ms,
        10 * ms,
        (p.chance(0.5) ? 50 : 25) * ms,
        p.between(1, 10) * ms,
        p.between(20, 150) * ms,
        10 * ms,
        5 * ms);
  }

  /** Mean time between two faults of a kind; 0 if there are none. */
  double meanBetween(Fault f) {
    return meanBetween.getOrDefault(f, 0.0);
  }

  /** For the head of a story. */
  String describe() {
    StringBuilder faults = new StringBuilder();
    for (Fault f : Fault.values()) {
      double mean = meanBetween(f);
      if (mean > 0) {
        faults.append(' ').append(f).append('=').append((long) (mean / MS)).append("ms");
      }
    }
    return "replicas="
        + replicas
        + " "
        + geometry
        + "\n  "
        + times
        + " "
        + limits
        + (asyncMask != 0 ? " async=" + Words.set(asyncMask) : "")
        + (bytes ? " byte partitions" : " object partitions")
        + "\n  queueDepth="
        + queueDepth
        + " think="
        + (long) (thinkMean / US)
        + "us resend="
        + resend
        + " events="
        + eventBudget
        + " snapshots="
        + snapshotSlots
        + "x"
        + snapshotChunk
        + "\n  crash per effect=1/"
        + (long) effectCrashMean
        + " rare="
        + rareEffectCrash
        + " frameLoss="
        + frameLoss
        + " frameTwice="
        + frameTwice
        + " oldFrames="
        + oldFrames
        + " proposals lost/answer/late="
        + proposalLost
        + "/"
        + proposalAnswerLost
        + "/"
        + proposalLate
        + "\n  faults:"
        + faults;
  }
}
