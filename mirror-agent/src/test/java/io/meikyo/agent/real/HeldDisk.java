// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.real;

import io.meikyo.agent.block.BlockService;
import io.meikyo.agent.block.Layer;
import io.meikyo.agent.memory.Buffer;
import java.util.ArrayDeque;

/** A disk whose writes wait while it is told so, as in a hold; reads and flushes go on. */
public final class HeldDisk extends Layer {
  private final ArrayDeque<Runnable> held = new ArrayDeque<>();
  private volatile boolean holds;
  private volatile int waiting;

  /** Over another disk. */
  public HeldDisk(BlockService below) {
    super(below);
  }

  /** From now on writes wait. Any thread. */
  public void hold() {
    holds = true;
  }

  /** Writes that wait. Any thread. */
  public int waiting() {
    return waiting;
  }

  /** Lets them go; on the loop's thread. */
  public void release() {
    holds = false;
    waiting = 0;
    while (!held.isEmpty()) {
      held.remove().run();
    }
  }

  private void write(Runnable write) {
    if (holds) {
      held.add(write);
      waiting = held.size();
    } else {
      write.run();
    }
  }

  @Override
  public void write(long start, int count, boolean fua, Buffer bytes, Answer answer) {
    bytes.keep();
    write(() -> {
      below.write(start, count, fua, bytes, answer);
      bytes.drop();
    });
  }

  @Override
  public void zero(long start, int count, boolean fua, boolean mayUnmap, Answer answer) {
    write(() -> below.zero(start, count, fua, mayUnmap, answer));
  }

  @Override
  public void discard(long start, int count, Answer answer) {
    write(() -> below.discard(start, count, answer));
  }
}
