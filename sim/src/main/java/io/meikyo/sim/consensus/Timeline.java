// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.consensus;

/** Simulated time, and what will happen in it. */
public interface Timeline {
  /** Now, ns. */
  long now();

  /** Lets a task run so many ns from now; never within this call. */
  void after(long nanos, Runnable task);
}
