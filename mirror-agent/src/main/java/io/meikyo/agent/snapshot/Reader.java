// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import io.meikyo.agent.block.BlockService;
import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.memory.Buffer;
import io.meikyo.agent.memory.BufferPool;
import io.meikyo.linux.Errno;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;

/**
 * Reads snapshots: each chunk from the store if it lies there, else from the disk; and once more
 * from the store if it came there meanwhile. For the loop's thread.
 */
final class Reader {
  /** Most bytes of one read. */
  static final int BYTES_MAX = 128 << 10;

  /** Bytes of a buffer: what is read has edges that suit every store. */
  static final int BUFFER_BYTES = 256 << 10;

  private static final int CHUNK = Origin.CHUNK;
  private static final int ALIGN = 4096;

  private final IoLoop loop;
  private final Origin origin;
  private final BufferPool memory;
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
  private boolean armed;

  Reader(IoLoop loop, Origin origin, BufferPool memory) {
    this.loop = loop;
    this.origin = origin;
    this.memory = memory;
  }

  /** Reads when there is memory; see {@link BlockService#read}. */
  void read(Snapshot of, long start, int count, BlockService.Answer answer) {
    if (!waiting.isEmpty() || !begin(of, start, count, answer)) {
      waiting.addLast(() -> read(of, start, count, answer));
      arm();
    }
  }

  private void arm() {
    if (!armed) {
      armed = true;
      memory.whenFree(this::again);
    }
  }

  /** Each that waits tries once; whoever finds no memory waits again, behind the others. */
  private void again() {
    armed = false;
    int count = waiting.size();
    ArrayDeque<Runnable> former = new ArrayDeque<>(waiting);
    waiting.clear();
    for (int i = 0; i < count; i++) {
      former.removeFirst().run();
    }
  }

  /** Runs the task once, soon after memory has come back. */
  void whenFree(Runnable task) {
    memory.whenFree(task);
  }

  /**
   * Reads now.
   *
   * @return false: there is no memory now
   */
  boolean begin(Snapshot of, long start, int count, BlockService.Answer answer) {
    long bytes = (long) count * origin.blockBytes();
    if (start < 0 || count <= 0 || start > origin.blocks() - count || bytes > BYTES_MAX) {
      answer.done(Errno.EINVAL, null);
      return true;
    }
    if (!of.readable()) {
      answer.done(Errno.EIO, null);
      return true;
    }
    long from = start * origin.blockBytes();
    long first = from & -ALIGN;
    long end = (from + bytes + ALIGN - 1) & -ALIGN;
    Buffer buffer = memory.take((int) (end - first));
    if (buffer == null) {
      return false;
    }
    new Read(of, buffer, answer, from, (int) bytes, first, end).begin();
    return true;
  }

  /** Buffers lent at this moment. */
  int lent() {
    return memory.lent();
  }

  private final class Read {
    private final Snapshot of;
    private final Buffer buffer;
    private final BlockService.Answer answer;
    private final long from;
    private final int bytes;
    private final long first;
    private final long end;
    private final long firstChunk;
    private final boolean[] fromDisk;
    private int open = 1;
    private int errno;
    private boolean again;

    Read(
        Snapshot of,
        Buffer buffer,
        BlockService.Answer answer,
        long from,
        int bytes,
        long first,
        long end) {
      this.of = of;
      this.buffer = buffer;
      this.answer = answer;
      this.from = from;
      this.bytes = bytes;
      this.first = first;
      this.end = end;
      this.firstChunk = first / CHUNK;
      this.fromDisk = new boolean[(int) ((end - 1) / CHUNK - firstChunk) + 1];
    }

    /** Chunks of the disk that lie side by side are read at once. */
    void begin() {
      of.ioBegins();
      long run = -1;
      for (int i = 0; i < fromDisk.length; i++) {
        int slot = of.slotOf(firstChunk + i);
        fromDisk[i] = slot < 0;
        if (slot < 0) {
          run = run < 0 ? low(i) : run;
        } else {
          disk(run, low(i));
          run = -1;
          store(slot, i);
        }
      }
      disk(run, end);
      ended(0);
    }

    private long low(int i) {
      return Math.max(first, (firstChunk + i) * CHUNK);
    }

    private long high(int i) {
      return Math.min(end, (firstChunk + i + 1) * CHUNK);
    }

    private void disk(long low, long high) {
      // The edge may lie behind the last block.
      long last = Math.min(high, origin.bytes());
      if (low >= 0 && low < last) {
        open++;
        part(of.diskFd(), slice(low, last), low);
      }
    }

    private void store(int slot, int i) {
      open++;
      long inChunk = low(i) - (firstChunk + i) * CHUNK;
      part(of.storeFd(), slice(low(i), high(i)), (long) slot * CHUNK + inChunk);
    }

    private MemorySegment slice(long low, long high) {
      return buffer.bytes().asSlice(low - first, high - low);
    }

    private void part(int fd, MemorySegment to, long offset) {
      loop.read(
          fd,
          to,
          offset,
          result -> {
            if (result > 0 && result < to.byteSize()) {
              part(fd, to.asSlice(result), offset + result);
            } else {
              ended(result > 0 ? 0 : result == 0 ? Errno.EIO : -result);
            }
          });
    }

    private void ended(int problem) {
      errno = errno == 0 ? problem : errno;
      open--;
      if (open > 0) {
        return;
      }
      if (errno == 0 && !of.stands()) {
        errno = Errno.EIO;
      }
      if (errno == 0 && !again) {
        // A write may have changed on the disk what came into the store meanwhile.
        again = true;
        open = 1;
        for (int i = 0; i < fromDisk.length; i++) {
          int slot = of.slotOf(firstChunk + i);
          if (fromDisk[i] && slot >= 0) {
            store(slot, i);
          }
        }
        ended(0);
        return;
      }
      finish();
    }

    private void finish() {
      if (errno == 0) {
        if (from != first) {
          MemorySegment all = buffer.bytes();
          MemorySegment.copy(all, from - first, all, 0, bytes);
        }
        buffer.length(bytes);
      }
      answer.done(errno, errno == 0 ? buffer : null);
      buffer.drop();
      of.ioEnds();
    }
  }
}
