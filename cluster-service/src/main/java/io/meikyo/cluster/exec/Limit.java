// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.exec;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Until when work may last: a deadline on a clock, and a {@link Cancellation}. An interrupt of the
 * thread that waits counts as the cancellation, and the thread stays interrupted. Immutable; any
 * thread.
 */
public final class Limit {
  private final NanoClock clock;
  private final long deadline;
  private final Cancellation cancellation;

  /**
   * A limit.
   *
   * @param deadline on that clock, ns
   */
  public Limit(NanoClock clock, long deadline, Cancellation cancellation) {
    this.clock = clock;
    this.deadline = deadline;
    this.cancellation = cancellation;
  }

  /** From now on so long, by the boot-time clock; nobody cancels it. */
  public static Limit of(Duration time) {
    return new Limit(NanoClock.BOOT, NanoClock.BOOT.nanos() + time.toNanos(), new Cancellation());
  }

  /** The same, but at most so long from now on. */
  public Limit within(Duration time) {
    return new Limit(clock, Math.min(deadline, clock.nanos() + time.toNanos()), cancellation);
  }

  /** What must be done all the same: the same deadline, but at least so long, uncancelled. */
  public Limit atLeast(Duration time) {
    long least = clock.nanos() + time.toNanos();
    return new Limit(clock, Math.max(deadline, least), new Cancellation());
  }

  /** Now, on its clock, ns. */
  public long nanos() {
    return clock.nanos();
  }

  /** What is left, ns; 0 when the deadline has passed. */
  public long left() {
    return Math.max(0, deadline - clock.nanos());
  }

  /** What is left, whole ms, rounded up, so that 0 means that nothing is. */
  public long leftMillis() {
    return (left() + 999_999) / 1_000_000;
  }

  /** True once it is cancelled. */
  public boolean isCancelled() {
    return cancellation.isCancelled();
  }

  /** True when the deadline has passed or it is cancelled: return soon. */
  public boolean isOver() {
    return isCancelled() || left() == 0;
  }

  /** True if the event has happened; false when the limit was over first. */
  public boolean await(CompletableFuture<?> event) {
    CompletableFuture<Object> first = CompletableFuture.anyOf(event, cancellation.said());
    while (!event.isDone() && !isOver()) {
      try {
        var _ = first.get(left(), TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        cancellation.cancel();
        Thread.currentThread().interrupt();
      } catch (TimeoutException e) {
        // Then the clock says that it is over, or that it stood still.
      } catch (ExecutionException e) {
        return event.isDone(); // a failure is an event too
      }
    }
    return event.isDone();
  }

  /** Lets time pass; false if the limit was over first. */
  public boolean pause(Duration time) {
    var _ = within(time).await(new CompletableFuture<>());
    return !isOver();
  }

  /**
   * Waits for something that is about to end, whatever happens to the thread meanwhile.
   *
   * @return true if it has ended
   */
  static boolean endsWithin(Future<?> event, long nanos) {
    long deadline = System.nanoTime() + nanos;
    boolean interrupted = false;
    try {
      while (true) {
        try {
          var _ = event.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
          return true;
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (TimeoutException e) {
          return false;
        } catch (ExecutionException e) {
          return true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
