// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.front;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The thread that makes and takes away the device of one mirror disk, since that waits for the
 * server, which runs on the loop. What is wished later is done later, and the wish before it learns
 * that it is outdated. Any thread may call.
 */
final class DeviceThread implements AutoCloseable {
  private final ScheduledExecutorService thread;
  private final AtomicLong wishes = new AtomicLong();
  private CompletableFuture<?> last = CompletableFuture.completedFuture(null);

  DeviceThread(String mirror) {
    thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("front-" + mirror).factory());
  }

  /** A new wish: the others are outdated. */
  long wish() {
    return wishes.incrementAndGet();
  }

  boolean isOutdated(long wish) {
    return wish != wishes.get();
  }

  /** Work that begins on the thread. */
  interface Work<T> {
    CompletableFuture<T> begin();
  }

  /** Begins it when what was asked for before has ended. */
  synchronized <T> CompletableFuture<T> then(Work<T> work) {
    CompletableFuture<T> next =
        last.handle((_, _) -> 0).thenComposeAsync(_ -> work.begin(), thread);
    last = next;
    return next;
  }

  /** Runs something on the thread, beside what was asked for; not after {@link #close}. */
  void later(long millis, Runnable task) {
    try {
      var _ = thread.schedule(task, millis, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // Closed meanwhile: nobody waits for it.
    }
  }

  /** Nothing more is begun; what is wished is outdated. */
  @Override
  public void close() {
    wish();
    thread.shutdownNow();
  }
}
