// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import io.meikyo.agent.loop.Completion;
import io.meikyo.agent.loop.IoLoop;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.BiPredicate;

/**
 * A real loop whose clock the test moves, and whose reads and writes it can hold back, or end as it
 * likes.
 */
final class TestLoop implements IoLoop {
  /** A read or write that a test may take into its own hands. */
  record Io(int fd, boolean write, long offset, Runnable begin, Completion end) {}

  final IoLoop real;

  /** Reads and writes that this takes are left to the test. */
  BiPredicate<TestLoop, Io> takes = (loop, io) -> false;

  /** What was taken. */
  final ArrayDeque<Io> taken = new ArrayDeque<>();

  private final List<Waiting> timers = new ArrayList<>();
  private volatile long passed;

  private record Waiting(long at, Runnable task) {}

  TestLoop(IoLoop real) {
    this.real = real;
  }

  /** Moves the clock, and runs what is due. On the loop's thread. */
  void pass(long nanos) {
    passed += nanos;
    List<Waiting> due = new ArrayList<>(timers.stream().filter(t -> t.at <= nanos()).toList());
    due.sort(Comparator.comparingLong(Waiting::at));
    timers.removeAll(due);
    due.forEach(t -> t.task.run());
  }

  @Override
  public long nanos() {
    return real.nanos() + passed;
  }

  @Override
  public Timer at(long nanos, Runnable task) {
    Waiting waiting = new Waiting(nanos, task);
    timers.add(waiting);
    return () -> timers.remove(waiting);
  }

  private void io(Io io) {
    if (takes.test(this, io)) {
      taken.addLast(io);
    } else {
      io.begin.run();
    }
  }

  @Override
  public void read(int fd, MemorySegment to, long offset, Completion end) {
    io(new Io(fd, false, offset, () -> real.read(fd, to, offset, end), end));
  }

  @Override
  public void write(int fd, MemorySegment from, long offset, boolean durable, Completion end) {
    io(new Io(fd, true, offset, () -> real.write(fd, from, offset, durable, end), end));
  }

  @Override
  public void run() {
    real.run();
  }

  @Override
  public void stop() {
    real.stop();
  }

  @Override
  public void post(Runnable task) {
    real.post(task);
  }

  @Override
  public void close() {
    real.close();
  }

  @Override
  public String kind() {
    return real.kind();
  }

  @Override
  public void sync(int fd, Completion end) {
    real.sync(fd, end);
  }

  @Override
  public void allocate(int fd, int mode, long offset, long length, Completion end) {
    real.allocate(fd, mode, offset, length, end);
  }

  @Override
  public void accept(int socket, Completion end) {
    real.accept(socket, end);
  }

  @Override
  public void connect(int socket, MemorySegment address, Completion end) {
    real.connect(socket, address, end);
  }

  @Override
  public void receive(int socket, MemorySegment to, Completion end) {
    real.receive(socket, to, end);
  }

  @Override
  public void send(int socket, MemorySegment[] parts, int count, Completion end) {
    real.send(socket, parts, count, end);
  }

  @Override
  public void readable(int fd, Completion end) {
    real.readable(fd, end);
  }

  @Override
  public void close(int fd) {
    real.close(fd);
  }
}
