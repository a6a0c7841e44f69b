// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.real;

import io.meikyo.agent.block.BlockService;
import io.meikyo.agent.block.Layer;
import io.meikyo.agent.memory.Buffer;

/** A disk that ends the process when block {@link #BLOCK} is written. */
public final class PoisonedDisk extends Layer {
  /** Writing this one kills. */
  public static final int BLOCK = 4096;

  /** Over another disk. */
  public PoisonedDisk(BlockService below) {
    super(below);
  }

  @Override
  public void write(long start, int count, boolean fua, Buffer bytes, Answer answer) {
    if (start <= BLOCK && BLOCK < start + count) {
      Runtime.getRuntime().halt(99);
    }
    below.write(start, count, fua, bytes, answer);
  }
}
