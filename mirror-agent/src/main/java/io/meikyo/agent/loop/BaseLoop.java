// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.loop;

import io.meikyo.core.base.Invariant;
import io.meikyo.linux.BootTime;
import io.meikyo.linux.Descriptors;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.Processes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What all loops have in common: their thread, their life, timers, and tasks from other threads.
 *
 * <p>A round: the tasks that were posted, the timers that are due, then {@link #turn}: give the
 * kernel what was begun, wait for the first end, tell all ends. To sleep, a loop first says so and
 * then looks for tasks once more; whoever posts first adds the task and then looks whether the loop
 * sleeps. So one of both sees the other, and the eventfd is written only to a loop that sleeps.
 */
abstract class BaseLoop implements IoLoop {
  /**
   * A wait is measured by a clock that stops while the machine sleeps, and timers by one that does
   * not; so no wait is longer than this.
   */
  private static final long SLEEP_NANOS_MAX = 500_000_000;

  /** Tasks of one round, so that tasks which post tasks do not keep everything else waiting. */
  private static final int TASKS_MAX = 1024;

  /** How long a loop that failed waits for the kernel before it tells why it failed. */
  private static final long FAILED_DRAIN_NANOS = 2_000_000_000;

  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final TimerHeap timers = new TimerHeap();
  private final Queue<Runnable> early = new ArrayDeque<>();
  private final AtomicBoolean asleep = new AtomicBoolean();
  private final MemorySegment one = Arena.ofAuto().allocateFrom(ValueLayout.JAVA_LONG, 1L);
  private final MemorySegment counter = Arena.ofAuto().allocate(ValueLayout.JAVA_LONG);
  private volatile boolean stopping;
  private volatile boolean ended;
  private volatile boolean begun;
  private boolean drained = true;
  private boolean closed;
  private @Nullable Thread owner;

  /** Readable when the loop is to wake up. */
  final int wakeFd;

  BaseLoop() throws LinuxException {
    wakeFd = Descriptors.eventfd();
  }

  // ---- what a loop of a kind does

  /** On the loop's thread, before anything else. */
  abstract void start();

  /**
   * Gives the kernel what was begun, waits if {@link #maySleep} says so, and tells ends.
   *
   * @param nanos wait at most so long; 0: not at all
   */
  abstract void turn(long nanos);

  /**
   * Takes back what waits for others, and waits for the rest; tells nobody.
   *
   * @param nanos at most so long
   * @return false if something is still under way, whose memory then stays with the loop for ever
   */
  abstract boolean drain(long nanos);

  /** Frees everything of its own; {@code drained}: the kernel uses nothing of it any more. */
  abstract void free(boolean drained);

  // ---- life

  @Override
  public final void run() {
    Invariant.check(!begun, "a loop runs once");
    begun = true;
    owner = Thread.currentThread();
    boolean orderly = false;
    try {
      // Refused where we may not: then memory pressure is survived by O_DIRECT and pools alone.
      Processes.serveDisk();
      start();
      for (Runnable task = early.poll(); task != null; task = early.poll()) {
        task.run();
      }
      while (!stopping) {
        runTasks();
        timers.run(nanos());
        turn(sleep());
      }
      orderly = true;
    } finally {
      drained = drain(orderly ? Long.MAX_VALUE : FAILED_DRAIN_NANOS);
      owner = null;
      ended = true;
    }
  }

  private void runTasks() {
    for (int i = 0; i < TASKS_MAX && !stopping; i++) {
      Runnable task = tasks.poll();
      if (task == null) {
        return;
      }
      task.run();
    }
  }

  private long sleep() {
    if (stopping || !tasks.isEmpty()) {
      return 0;
    }
    long next = timers.next();
    return next == TimerHeap.NEVER
        ? SLEEP_NANOS_MAX
        : Math.clamp(next - nanos(), 0, SLEEP_NANOS_MAX);
  }

  @Override
  public final void stop() {
    stopping = true;
    wake();
  }

  @Override
  public final void post(Runnable task) {
    tasks.add(task);
    wake();
  }

  @Override
  public final void close() {
    if (closed) {
      return;
    }
    Invariant.check(!begun || ended, "a loop is closed when it does not run");
    begun = true;
    closed = true;
    free(drained);
    Descriptors.close(wakeFd);
  }

  // ---- sleeping

  /** Wakes the loop if it sleeps. Any thread. */
  final void wake() {
    if (asleep.get() && asleep.getAndSet(false)) {
      Descriptors.write(wakeFd, one);
    }
  }

  /** Says that the loop sleeps now; false: it may not, something came. */
  final boolean maySleep() {
    asleep.set(true);
    if (stopping || !tasks.isEmpty() || hasEnds()) {
      asleep.set(false);
      return false;
    }
    return true;
  }

  /** True if ends wait that another thread has brought. */
  boolean hasEnds() {
    return false;
  }

  /** The loop is awake again. */
  final void awake() {
    asleep.set(false);
  }

  /** Makes the eventfd unreadable. */
  final void quiet() {
    Descriptors.read(wakeFd, counter);
  }

  /** True once {@link #stop} was called. */
  final boolean stopping() {
    return stopping;
  }

  // ---- the thread

  /**
   * True if the caller is the loop's thread. Before {@link #run} there is none yet; then what is
   * begun waits ({@link #before}).
   */
  final boolean here() {
    if (Thread.currentThread() == owner) {
      return true;
    }
    Invariant.check(!begun, "a loop is used by its own thread");
    return false;
  }

  /** Keeps for {@link #run} what was begun before. */
  final void before(Runnable task) {
    early.add(task);
  }

  static void checkMemory(MemorySegment memory) {
    Invariant.check(memory.isNative(), "memory for the kernel is not on the heap");
    long bytes = memory.byteSize();
    Invariant.check(bytes > 0 && bytes <= Integer.MAX_VALUE, "an operation has bytes", bytes);
  }

  /** Bytes of all parts. */
  static int total(MemorySegment[] parts, int count) {
    long total = 0;
    for (int i = 0; i < count; i++) {
      Invariant.check(parts[i].isNative(), "memory for the kernel is not on the heap");
      total += parts[i].byteSize();
    }
    Invariant.check(total <= Integer.MAX_VALUE, "a send is below 2 GiB", total);
    return (int) total;
  }

  // ---- time

  @Override
  public final long nanos() {
    return BootTime.nanos();
  }

  @Override
  public final Timer at(long nanos, Runnable task) {
    here();
    return timers.set(nanos, task);
  }
}
