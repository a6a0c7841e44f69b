// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for something to become true, and says what was there instead when it does not. */
final class Await {
  /** A question that may fail. */
  @FunctionalInterface
  interface Question {
    boolean isTrue() throws Exception;
  }

  private Await() {}

  static void that(int seconds, String what, Supplier<String> instead, Question question)
      throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!question.isTrue()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within " + seconds + " s: " + what + "\n" + instead.get());
      }
      pause(20);
    }
  }

  /** Between two looks. */
  static void pause(int millis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
  }
}
