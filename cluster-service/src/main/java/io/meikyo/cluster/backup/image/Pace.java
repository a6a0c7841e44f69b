// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Keeps reading below a rate. One thread. */
final class Pace {
  /** Lets time pass. */
  interface Pause {
    void of(long nanos) throws Stop.Stopped;
  }

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final long bytesPerSecond;
  private final LongSupplier nanos;
  private final Pause pause;
  private long due;

  /**
   * A pace that begins now.
   *
   * @param bytesPerSecond 0: as fast as can be
   * @param nanos a clock, ns
   */
  Pace(long bytesPerSecond, LongSupplier nanos, Pause pause) {
    this.bytesPerSecond = bytesPerSecond;
    this.nanos = nanos;
    this.pause = pause;
    this.due = nanos.getAsLong();
  }

  /**
   * Waits until so many bytes may be asked for. What was not used of the past is not made up for: a
   * disk that stood still a minute is not read at full speed for the next.
   *
   * @param bytes at most some megabytes
   */
  void before(int bytes) throws Stop.Stopped {
    if (bytesPerSecond <= 0) {
      return;
    }
    long now = nanos.getAsLong();
    if (due - now > 0) {
      pause.of(due - now);
    } else {
      due = now;
    }
    due += Math.multiplyHigh(bytes, SECOND) == 0 ? bytes * SECOND / bytesPerSecond : SECOND;
  }
}
