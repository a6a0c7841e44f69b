// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

/**
 * How fast recovery may go: a ceiling in chunks per second, kept as a bucket that holds at most a
 * tenth of a second's worth. Pure: every instant is given, ns.
 */
final class RecoveryPacer {
  private static final long SECOND = 1_000_000_000L;

  private long chunksPerSecond;
  private long nextAt = Long.MIN_VALUE;

  /** Sets the ceiling; 0: none. */
  void limit(int perSecond) {
    chunksPerSecond = perSecond;
    nextAt = Long.MIN_VALUE;
  }

  /** True if another chunk may begin now. */
  boolean allows(long now) {
    return chunksPerSecond == 0 || now >= nextAt;
  }

  /** A chunk was begun. */
  void begun(long now) {
    if (chunksPerSecond > 0) {
      nextAt = Math.max(nextAt, now - SECOND / 10) + SECOND / chunksPerSecond;
    }
  }

  /** Instant from which another chunk may begin; far future if there is nothing to wait for. */
  long nextAllowed(long now) {
    return chunksPerSecond == 0 || nextAt <= now ? Long.MAX_VALUE : nextAt;
  }
}
