// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.block;

import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.memory.Buffer;
import io.meikyo.agent.memory.BufferPool;
import io.meikyo.linux.Errno;
import io.meikyo.linux.FileIo;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A file or device as it is, without a mirror: for tests, and for layers that change what happens
 * to a disk. For the loop's thread.
 */
public final class FileDisk implements BlockService {
  /** What a request does to the file. */
  private interface Step {
    void run(IntConsumer end);
  }

  private final IoLoop loop;
  private final int fd;
  private final int blockBytes;
  private final long blocks;
  private final BufferPool memory;
  private final MemorySegment zeros;
  private final Overlaps overlaps = new Overlaps();
  private boolean holes = true;

  /**
   * A disk on an open file.
   *
   * @param fd for reading and writing, best with O_DIRECT; stays the caller's
   * @param blockBytes 512 or 4096
   * @param bytes size; what is behind the last whole block is left out
   * @param memory for reads and for {@link #memory}
   */
  public FileDisk(IoLoop loop, int fd, int blockBytes, long bytes, BufferPool memory, Arena arena) {
    this.loop = loop;
    this.fd = fd;
    this.blockBytes = blockBytes;
    this.blocks = bytes / blockBytes;
    this.memory = memory;
    this.zeros = arena.allocate(BufferPool.BYTES_MAX, 4096);
  }

  @Override
  public int blockBytes() {
    return blockBytes;
  }

  @Override
  public long blocks() {
    return blocks;
  }

  @Override
  public boolean readOnly() {
    return false;
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
  public @Nullable Buffer memory(int bytes) {
    return memory.take(bytes);
  }

  @Override
  public void whenMemory(Runnable task) {
    memory.whenFree(task);
  }

  @Override
  public void read(long start, int count, Answer answer) {
    if (!isInside(start, count)) {
      answer.done(Errno.EINVAL, null);
      return;
    }
    Buffer buffer = memory.take(count * blockBytes);
    if (buffer == null) {
      memory.whenFree(() -> read(start, count, answer));
      return;
    }
    ordered(
        start,
        count,
        false,
        end -> move(false, buffer.bytes(), start * blockBytes, false, end),
        errno -> {
          answer.done(errno, errno == 0 ? buffer : null);
          buffer.drop();
        });
  }

  @Override
  public void write(long start, int count, boolean fua, Buffer bytes, Answer answer) {
    if (!isInside(start, count)) {
      answer.done(Errno.EINVAL, null);
      return;
    }
    bytes.keep();
    MemorySegment from = bytes.bytes().asSlice(0, (long) count * blockBytes);
    ordered(
        start,
        count,
        true,
        end -> move(true, from, start * blockBytes, fua, end),
        errno -> {
          bytes.drop();
          answer.done(errno, null);
        });
  }

  @Override
  public void zero(long start, int count, boolean fua, boolean mayUnmap, Answer answer) {
    if (!isInside(start, count)) {
      answer.done(Errno.EINVAL, null);
      return;
    }
    long offset = start * blockBytes;
    long length = (long) count * blockBytes;
    ordered(
        start,
        count,
        true,
        end -> {
          if (mayUnmap && holes) {
            punch(offset, length, fua, end);
          } else {
            writeZeros(offset, length, fua, end);
          }
        },
        errno -> answer.done(errno, null));
  }

  @Override
  public void discard(long start, int count, Answer answer) {
    zero(start, count, false, true, answer);
  }

  @Override
  public void flush(Answer answer) {
    loop.sync(fd, result -> answer.done(Math.max(0, -result), null));
  }

  private boolean isInside(long start, int count) {
    return start >= 0 && count >= 0 && start <= blocks - count;
  }

  private void ordered(long start, int count, boolean changes, Step step, IntConsumer end) {
    var range = new Overlaps.Range[1];
    range[0] =
        Overlaps.range(
            start,
            count,
            changes,
            () ->
                step.run(errno -> {
                  end.accept(errno);
                  overlaps.leave(range[0]);
                }));
    overlaps.enter(range[0]);
  }

  /** Reads or writes all of it, going on where the kernel ended short. */
  private void move(boolean write, MemorySegment bytes, long offset, boolean fua, IntConsumer end) {
    if (bytes.byteSize() == 0) {
      end.accept(0);
    } else if (write) {
      loop.write(fd, bytes, offset, fua, r -> moved(true, bytes, offset, fua, r, end));
    } else {
      loop.read(fd, bytes, offset, r -> moved(false, bytes, offset, fua, r, end));
    }
  }

  private void moved(
      boolean write, MemorySegment bytes, long offset, boolean fua, int result, IntConsumer end) {
    if (result <= 0) {
      end.accept(result == 0 ? Errno.EIO : -result);
    } else {
      move(write, bytes.asSlice(result), offset + result, fua, end);
    }
  }

  private void punch(long offset, long length, boolean fua, IntConsumer end) {
    int mode = FileIo.FALLOC_PUNCH_HOLE | FileIo.FALLOC_KEEP_SIZE;
    loop.allocate(
        fd,
        mode,
        offset,
        length,
        result -> {
          if (result == -Errno.EOPNOTSUPP) {
            holes = false;
            writeZeros(offset, length, fua, end);
          } else if (result < 0 || !fua) {
            end.accept(-result);
          } else {
            loop.sync(fd, r -> end.accept(-r));
          }
        });
  }

  private void writeZeros(long offset, long length, boolean fua, IntConsumer end) {
    long part = Math.min(length, zeros.byteSize());
    move(
        true,
        zeros.asSlice(0, part),
        offset,
        fua,
        errno -> {
          if (errno != 0 || part == length) {
            end.accept(errno);
          } else {
            writeZeros(offset + part, length - part, fua, end);
          }
        });
  }
}
