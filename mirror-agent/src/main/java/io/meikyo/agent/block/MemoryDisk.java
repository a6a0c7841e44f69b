// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.block;

import io.meikyo.agent.memory.Buffer;
import io.meikyo.agent.memory.BufferPool;
import io.meikyo.linux.Errno;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory, for tests, demonstrations and to warm up on. It answers at once, except reads
 * for which the pool has no buffer: these wait, in their order, until one comes back.
 *
 * <p>A discard zeroes. For the loop's thread.
 */
public final class MemoryDisk implements BlockService {
  private final BufferPool pool;
  private final MemorySegment bytes;
  private final int blockBytes;
  private final boolean readOnly;
  private final ArrayDeque<Runnable> reads = new ArrayDeque<>();
  private boolean told;
  private long flushes;

  /**
   * Makes one.
   *
   * @param bytes what is on it; a multiple of the block
   * @param blockBytes 512 or 4096
   */
  public MemoryDisk(BufferPool pool, MemorySegment bytes, int blockBytes, boolean readOnly) {
    this.pool = pool;
    this.bytes = bytes;
    this.blockBytes = blockBytes;
    this.readOnly = readOnly;
  }

  @Override
  public int blockBytes() {
    return blockBytes;
  }

  @Override
  public long blocks() {
    return bytes.byteSize() / blockBytes;
  }

  @Override
  public boolean readOnly() {
    return readOnly;
  }

  @Override
  public int discardBytes() {
    return blockBytes;
  }

  @Override
  public int requestBytesMax() {
    return BufferPool.BYTES_MAX;
  }

  @Override
  public @Nullable Buffer memory(int count) {
    return pool.take(count);
  }

  @Override
  public void whenMemory(Runnable task) {
    pool.whenFree(task);
  }

  /** Flushes so far. */
  public long flushes() {
    return flushes;
  }

  @Override
  public void read(long start, int count, Answer answer) {
    if (isOutside(start, count)) {
      answer.done(Errno.EINVAL, null);
    } else if (!reads.isEmpty() || !readNow(start, count, answer)) {
      reads.add(() -> read(start, count, answer));
      tellMe();
    }
  }

  private boolean readNow(long start, int count, Answer answer) {
    int length = count * blockBytes;
    Buffer buffer = pool.take(length);
    if (buffer == null) {
      return false;
    }
    MemorySegment.copy(bytes, start * blockBytes, buffer.bytes(), 0, length);
    answer.done(0, buffer);
    buffer.drop();
    return true;
  }

  private void tellMe() {
    if (!told) {
      told = true;
      pool.whenFree(this::readsAgain);
    }
  }

  /** Each read that waits is tried once; what fails again waits again, in the same order. */
  private void readsAgain() {
    told = false;
    ArrayDeque<Runnable> again = new ArrayDeque<>(reads);
    reads.clear();
    again.forEach(Runnable::run);
  }

  @Override
  public void write(long start, int count, boolean fua, Buffer from, Answer answer) {
    int errno = refusal(start, count);
    if (errno == 0) {
      long length = (long) count * blockBytes;
      MemorySegment.copy(from.bytes(), 0, bytes, start * blockBytes, length);
    }
    answer.done(errno, null);
  }

  @Override
  public void zero(long start, int count, boolean fua, boolean mayUnmap, Answer answer) {
    int errno = refusal(start, count);
    if (errno == 0) {
      bytes.asSlice(start * blockBytes, (long) count * blockBytes).fill((byte) 0);
    }
    answer.done(errno, null);
  }

  @Override
  public void discard(long start, int count, Answer answer) {
    zero(start, count, false, true, answer);
  }

  @Override
  public void flush(Answer answer) {
    flushes++;
    answer.done(0, null);
  }

  private boolean isOutside(long start, int count) {
    return start < 0 || count <= 0 || start > blocks() - count;
  }

  private int refusal(long start, int count) {
    if (readOnly) {
      return Errno.EROFS;
    }
    return isOutside(start, count) ? Errno.EINVAL : 0;
  }
}
