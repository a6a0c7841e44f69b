// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Two threads beside the loop for what may block: one takes snapshots and is not kept from it by
 * the other one, which removes them. Any thread.
 */
final class Beside implements AutoCloseable {
  private final ThreadPoolExecutor taking;
  private final ThreadPoolExecutor removing;

  Beside(String mirror) {
    this.taking = one(mirror + "-stores");
    this.removing = one(mirror + "-removals");
  }

  private static ThreadPoolExecutor one(String name) {
    return new ThreadPoolExecutor(
        1,
        1,
        1,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(),
        task -> Thread.ofPlatform().name(name).daemon().unstarted(task),
        new ThreadPoolExecutor.DiscardPolicy());
  }

  /** Runs a task, after those before it; nothing happens after {@link #close}. */
  void take(Runnable task) {
    taking.execute(task);
  }

  /** The same, on the other thread. */
  void remove(Runnable task) {
    removing.execute(task);
  }

  /** True if it was closed, and all is done. */
  boolean isEnded() {
    return taking.isTerminated() && removing.isTerminated();
  }

  /** Ends; what was asked for before is done first, for as long as the process lives. */
  @Override
  public void close() {
    taking.shutdown();
    removing.shutdown();
  }
}
