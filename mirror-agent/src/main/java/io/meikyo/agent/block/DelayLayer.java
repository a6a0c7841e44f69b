// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.block;

import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.memory.Buffer;
import java.util.ArrayDeque;

/**
 * Makes a device slow: requests reach what lies below after a time, or, for everything that changes
 * something, when a hold has ended. For the loop's thread.
 */
public final class DelayLayer extends Layer {
  private final IoLoop loop;
  private final ArrayDeque<Runnable> held = new ArrayDeque<>();
  private long readNanos;
  private long writeNanos;
  private boolean holding;

  /** A layer that delays nothing yet. */
  public DelayLayer(IoLoop loop, BlockService below) {
    super(below);
    this.loop = loop;
  }

  /**
   * Delays requests that come from now on.
   *
   * @param reads nanoseconds
   * @param others nanoseconds; writes, zeroes, discards, flushes
   */
  public void delay(long reads, long others) {
    readNanos = reads;
    writeNanos = others;
  }

  /** From now on everything but reads waits. */
  public void hold() {
    holding = true;
  }

  /** Requests that wait for the end of the hold. */
  public int held() {
    return held.size();
  }

  /** What waits goes on, in its order. */
  public void release() {
    holding = false;
    while (!held.isEmpty() && !holding) {
      held.remove().run();
    }
  }

  private void later(long nanos, Runnable task) {
    if (nanos == 0) {
      task.run();
    } else {
      loop.at(loop.nanos() + nanos, task);
    }
  }

  private void change(Runnable task) {
    if (holding) {
      held.add(task);
    } else {
      later(writeNanos, task);
    }
  }

  @Override
  public void read(long start, int count, Answer answer) {
    later(readNanos, () -> below.read(start, count, answer));
  }

  @Override
  public void write(long start, int count, boolean fua, Buffer bytes, Answer answer) {
    bytes.keep();
    change(() -> {
      below.write(start, count, fua, bytes, answer);
      bytes.drop();
    });
  }

  @Override
  public void zero(long start, int count, boolean fua, boolean mayUnmap, Answer answer) {
    change(() -> below.zero(start, count, fua, mayUnmap, answer));
  }

  @Override
  public void discard(long start, int count, Answer answer) {
    change(() -> below.discard(start, count, answer));
  }

  @Override
  public void flush(Answer answer) {
    change(() -> below.flush(answer));
  }
}
