// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab;

import java.io.IOException;
import java.nio.file.Path;

/** Waits for what others do, and says what did not happen. */
public final class Wait {
  private static final long STEP_MILLIS = 20;

  private Wait() {}

  /** Lets time pass on purpose: a load runs meanwhile. */
  public static void pass(long millis) throws InterruptedException {
    Thread.sleep(millis);
  }

  /** A question that may fail to be answered. */
  public interface Question {
    /** True if it has happened. */
    boolean now() throws IOException, LabProblem, InterruptedException;
  }

  /**
   * Asks until the answer is yes.
   *
   * @param what what is waited for, as a sentence
   * @param log where to look if it does not happen
   */
  public static void until(Question question, long seconds, String what, Path log)
      throws LabProblem, InterruptedException {
    long deadline = System.nanoTime() + seconds * 1_000_000_000L;
    while (true) {
      try {
        if (question.now()) {
          return;
        }
      } catch (IOException e) {
        if (System.nanoTime() > deadline) {
          throw new LabProblem(LabNotice.NOT_IN_TIME, what + ": " + e, seconds, log);
        }
      }
      if (System.nanoTime() > deadline) {
        throw new LabProblem(LabNotice.NOT_IN_TIME, what, seconds, log);
      }
      Thread.sleep(STEP_MILLIS);
    }
  }
}
