// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

/**
 * How much recovery the application bears: how many chunks at once, and how far apart.
 *
 * <p>It keeps two moving means of the application's write latency, one of the time without recovery
 * and one of the time with it, and compares them every {@link EngineConfig.Pace#look}. While the
 * second is above {@link EngineConfig.Pace#factor} times the first, and at least {@link
 * EngineConfig.Pace#allowance} above it, recovery is narrowed: half as many chunks at once, down to
 * one, then twice the gap between two of them, up to {@link EngineConfig.Pace#gapMax}. While it is
 * not, or the application writes nothing, recovery is opened again, step by step. One chunk in each
 * {@code gapMax} may always begin, so recovery never stands still.
 *
 * <p>At the narrowest, recovery is hardly felt. What is measured then moves the first mean too: so
 * a mean is learnt where there is none, and an application that became slower for reasons of its
 * own does not hold recovery back for ever. Pure: every instant is given, ns.
 */
final class LatencyGuard {
  /** Weight of a new sample in a mean is one in so many. */
  private static final double SAMPLES = 16;

  private static final int WIDEST = 1 << 20;

  private final EngineConfig.Pace pace;

  /** Mean latency without recovery; 0 while unknown. */
  private double calm;

  /** Mean latency with recovery; 0 while unknown. */
  private double busy;

  /** Writes answered since the last look, with recovery under way. */
  private int samples;

  private int width = WIDEST;
  private long gap;
  private long nextAt = Long.MIN_VALUE;
  private long lookedAt = Long.MIN_VALUE;

  LatencyGuard(EngineConfig.Pace pace) {
    this.pace = pace;
  }

  /** A write of the application was answered that nothing but disks, links and us held up. */
  void answered(long latency, boolean recovering) {
    if (!recovering) {
      calm = mean(calm, latency);
      busy = 0;
      return;
    }
    samples++;
    busy = mean(busy, latency);
    if (narrowest()) {
      calm = mean(calm, latency);
    }
  }

  private static double mean(double before, long sample) {
    return before == 0 ? Math.max(1, sample) : before + (sample - before) / SAMPLES;
  }

  private boolean narrowest() {
    return width == 1 && gap >= pace.gapMax();
  }

  /**
   * True if another chunk may begin now.
   *
   * @param open chunks that are under way
   * @param most chunks that may be under way if the application does not mind
   * @param writing writes of the application wait for their answer
   */
  boolean allows(long now, int open, int most, boolean writing) {
    if (lookedAt == Long.MIN_VALUE || now - lookedAt >= pace.look()) {
      lookedAt = now;
      look(most, writing);
    }
    return open < Math.min(width, most) && now >= nextAt;
  }

  private void look(int most, boolean writing) {
    if (samples == 0) {
      if (!writing) {
        // Nobody is disturbed.
        busy = 0;
        wider();
        wider();
      }
      return;
    }
    samples = 0;
    if (calm == 0) {
      // Nothing to compare with: learn it where recovery is hardly felt.
      width = 1;
      gap = pace.gapMax();
    } else if (busy > Math.max(calm * pace.factor(), calm + pace.allowance())) {
      narrower(most);
    } else {
      wider();
    }
  }

  private void narrower(int most) {
    width = Math.min(width, most);
    if (width > 1) {
      width /= 2;
    } else {
      gap = Math.min(pace.gapMax(), Math.max(pace.gapMax() / 64, gap * 2));
    }
  }

  private void wider() {
    if (gap > 0) {
      gap = gap <= pace.gapMax() / 64 ? 0 : gap / 2;
    } else {
      width = Math.min(WIDEST, width + Math.max(1, width / 4));
    }
  }

  /** A chunk was begun. */
  void begun(long now) {
    nextAt = now + gap;
  }

  /** Instant from which another chunk may begin; far future if there is nothing to wait for. */
  long nextAllowed(long now) {
    return nextAt <= now ? Long.MAX_VALUE : nextAt;
  }

  /** Chunks that may be under way at once, for tests. */
  int width(int most) {
    return Math.min(width, most);
  }
}
