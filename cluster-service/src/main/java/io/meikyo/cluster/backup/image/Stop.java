// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The word that ends a job. Any thread says it; the job's thread waits and asks. */
final class Stop {
  private final CountDownLatch said = new CountDownLatch(1);
  private @Nullable Runnable wakes;

  /** Whoever waited was told to stop. */
  static final class Stopped extends Exception {
    private static final long serialVersionUID = 1;

    Stopped() {
      super("stopped");
    }
  }

  /** Says it; whoever waits wakes up. */
  void say() {
    said.countDown();
    Runnable now;
    synchronized (this) {
      now = wakes;
    }
    if (now != null) {
      now.run();
    }
  }

  /** What wakes somebody who waits elsewhere; null: nobody does. */
  synchronized void wakes(@Nullable Runnable task) {
    wakes = task;
  }

  boolean isSaid() {
    return said.getCount() == 0;
  }

  /** Goes on, unless it was said. */
  void check() throws Stopped {
    if (isSaid()) {
      throw new Stopped();
    }
  }

  /** Lets time pass. */
  void pause(long nanos) throws Stopped {
    try {
      if (said.await(nanos, TimeUnit.NANOSECONDS)) {
        throw new Stopped();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Stopped();
    }
  }
}
