// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

/** Something that will happen at an instant of simulated time. */
abstract class Task {
  /** When, ns. */
  long at;

  /** Decides between tasks of one instant: the order in which they were scheduled. */
  long order;

  /** It happens. */
  abstract void run();

  /** A small number that tells kinds of tasks apart in the hash of a run. */
  int code() {
    return 0;
  }

  /** A task that is one call. */
  static final class Call extends Task {
    private final Runnable call;

    Call(Runnable call) {
      this.call = call;
    }

    @Override
    void run() {
      call.run();
    }
  }
}
