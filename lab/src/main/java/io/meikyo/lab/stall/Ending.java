// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.stall;

import java.util.concurrent.TimeUnit;

/** Waits for a process that was asked to end; ends it if it does not. */
final class Ending {
  private static final int SECONDS = 5;

  private Ending() {}

  static void await(Process process) {
    try {
      if (process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
