// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.block;

import io.meikyo.agent.memory.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * A block service on another one: passes everything on. What is to be different is overridden. For
 * the loop's thread.
 */
public abstract class Layer implements BlockService {
  /** What lies below. */
  protected final BlockService below;

  /** On another one. */
  protected Layer(BlockService below) {
    this.below = below;
  }

  @Override
  public int blockBytes() {
    return below.blockBytes();
  }

  @Override
  public long blocks() {
    return below.blocks();
  }

  @Override
  public boolean readOnly() {
    return below.readOnly();
  }

  @Override
  public int discardBytes() {
    return below.discardBytes();
  }

  @Override
  public int requestBytesMax() {
    return below.requestBytesMax();
  }

  @Override
  public @Nullable Buffer memory(int bytes) {
    return below.memory(bytes);
  }

  @Override
  public void whenMemory(Runnable task) {
    below.whenMemory(task);
  }

  @Override
  public void read(long start, int count, Answer answer) {
    below.read(start, count, answer);
  }

  @Override
  public void write(long start, int count, boolean fua, Buffer bytes, Answer answer) {
    below.write(start, count, fua, bytes, answer);
  }

  @Override
  public void zero(long start, int count, boolean fua, boolean mayUnmap, Answer answer) {
    below.zero(start, count, fua, mayUnmap, answer);
  }

  @Override
  public void discard(long start, int count, Answer answer) {
    below.discard(start, count, answer);
  }

  @Override
  public void flush(Answer answer) {
    below.flush(answer);
  }
}
