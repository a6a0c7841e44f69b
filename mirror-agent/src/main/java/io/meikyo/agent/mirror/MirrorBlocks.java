// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.mirror;

import io.meikyo.agent.block.BlockService;
import io.meikyo.agent.memory.Buffer;
import io.meikyo.agent.memory.BufferPool;
import io.meikyo.core.mirror.Effect;
import io.meikyo.core.mirror.Event;
import io.meikyo.core.partition.Geometry;
import org.jspecify.annotations.Nullable;

/**
 * A mirror disk as front ends see it. Writes take their memory from a pool of their own, so that
 * writers that wait in a hold never take a reader's (rule R15). For the loop's thread.
 */
public final class MirrorBlocks implements BlockService {
  /** Takes the engine's answer to a request. */
  @FunctionalInterface
  interface Answered {
    /** The request has ended. */
    void done(Effect.Status status, @Nullable Buffer bytes);
  }

  private static final int EIO = 5;
  private static final int EINVAL = 22;

  private final MirrorDriver driver;
  private final Geometry geometry;
  private final BufferPool writes;
  private final int discardBytes;

  MirrorBlocks(MirrorDriver driver, Geometry geometry, BufferPool writes, int discardBytes) {
    this.driver = driver;
    this.geometry = geometry;
    this.writes = writes;
    this.discardBytes = discardBytes;
  }

  @Override
  public int blockBytes() {
    return geometry.blockSize();
  }

  @Override
  public long blocks() {
    return geometry.blocks();
  }

  @Override
  public boolean readOnly() {
    return false;
  }

  @Override
  public int discardBytes() {
    return discardBytes;
  }

  @Override
  public int requestBytesMax() {
    return BufferPool.BYTES_MAX;
  }

  @Override
  public @Nullable Buffer memory(int bytes) {
    return writes.take(bytes);
  }

  @Override
  public void whenMemory(Runnable task) {
    writes.whenFree(task);
  }

  @Override
  public void read(long start, int count, Answer answer) {
    long id = driver.nextId();
    driver.request(id, new Event.Read(id, start, count), null, plain(answer));
  }

  @Override
  public void write(long start, int count, boolean fua, Buffer bytes, Answer answer) {
    long id = driver.nextId();
    driver.request(id, new Event.Write(id, start, count, fua, bytes), bytes, plain(answer));
  }

  @Override
  public void zero(long start, int count, boolean fua, boolean mayUnmap, Answer answer) {
    long id = driver.nextId();
    driver.request(id, new Event.WriteZeroes(id, start, count, fua, mayUnmap), null, plain(answer));
  }

  @Override
  public void discard(long start, int count, Answer answer) {
    long id = driver.nextId();
    driver.request(id, new Event.Discard(id, start, count), null, plain(answer));
  }

  @Override
  public void flush(Answer answer) {
    long id = driver.nextId();
    driver.request(id, new Event.Flush(id), null, plain(answer));
  }

  private static Answered plain(Answer answer) {
    return (status, bytes) ->
        answer.done(
            switch (status) {
              case OK -> 0;
              case IO_ERROR -> EIO;
              case OUT_OF_RANGE -> EINVAL;
            },
            bytes);
  }
}
