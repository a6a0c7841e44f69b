// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

/**
 * The only source of chance: a SplitMix64 sequence. Each part of the world has a fork of its own,
 * so that one part asking once more does not change the luck of all the others.
 */
public final class Prng {
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;
  private long state;

  /** A sequence that the seed alone decides. */
  public Prng(long seed) {
    this.state = mix(seed + GOLDEN);
  }

  /** Spreads every bit of {@code z} over all bits. */
  public static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /** 64 random bits. */
  public long next() {
    state += GOLDEN;
    return mix(state);
  }

  /** An independent sequence. */
  public Prng fork() {
    return new Prng(next());
  }

  /** 0 to {@code bound} - 1. */
  public int below(int bound) {
    return (int) Math.unsignedMultiplyHigh(next(), bound);
  }

  /** {@code low} to {@code high}, both included. */
  public int between(int low, int high) {
    return low + below(high - low + 1);
  }

  /** {@code low} to {@code high}, both included. */
  public long between(long low, long high) {
    return low + Math.unsignedMultiplyHigh(next(), high - low + 1);
  }

  /** 0 to 1. */
  public double fraction() {
    return (next() >>> 11) * 0x1.0p-53;
  }

  /** True with this probability. */
  public boolean chance(double probability) {
    return fraction() < probability;
  }

  /** A waiting time with this mean, at least 1. */
  public long exponential(double mean) {
    return 1 + (long) (-mean * Math.log(1 - fraction()));
  }

  /** The same for a whole number. */
  public long exponential(long mean) {
    return exponential((double) mean);
  }

  /** Between two bounds, each order of magnitude alike. */
  public double logBetween(double low, double high) {
    return low * Math.exp(fraction() * Math.log(high / low));
  }
}
