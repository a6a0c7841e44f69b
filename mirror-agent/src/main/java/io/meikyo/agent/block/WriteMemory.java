// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.block;

import io.meikyo.agent.memory.Buffer;
import io.meikyo.agent.memory.BufferPool;
import org.jspecify.annotations.Nullable;

/**
 * Gives the writes of one front end memory of their own, so that other front ends, whose writes
 * wait, leave it enough (rule R15).
 */
public final class WriteMemory extends Layer {
  private final BufferPool own;

  /** On another one. */
  public WriteMemory(BlockService below, BufferPool own) {
    super(below);
    this.own = own;
  }

  @Override
  public @Nullable Buffer memory(int bytes) {
    return own.take(bytes);
  }

  @Override
  public void whenMemory(Runnable task) {
    own.whenFree(task);
  }
}
