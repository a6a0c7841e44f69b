// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.mirror;

import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.memory.Buffer;
import io.meikyo.agent.memory.BufferPool;
import io.meikyo.core.mirror.Effect;
import io.meikyo.core.partition.Hash;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The data partition: carries out what the engine wants of it, with direct I/O on an open
 * descriptor. For the loop's thread.
 *
 * <p>An operation that the kernel ends short is continued; one that fails is a failed disk, told
 * with its errno and place, and never tried again (rule R16).
 */
final class DataEdge {
  /** Takes the ends. */
  interface Done {
    /** An operation has ended; {@code bytes} is dropped by the caller afterwards. */
    void ended(long op, boolean ok, @Nullable Buffer bytes, @Nullable Hash hash);

    /** The disk has failed: what was tried, at which byte, and the errno. */
    void failed(String call, long offset, int errno);
  }

  /** fallocate: keep the size and leave zeros. */
  private static final int ZERO_RANGE_KEEP_SIZE = 0x10 | 0x01;

  /** fallocate: keep the size and free the room, which reads as zeros. */
  private static final int PUNCH_HOLE_KEEP_SIZE = 0x02 | 0x01;

  private static final int ZEROS_BYTES = 1 << 20;
  private static final int EOPNOTSUPP = 95;

  private final IoLoop loop;
  private final int fd;
  private final int blockBytes;
  private final boolean zeroesFast;
  private final BufferPool reads;
  private final Hasher hasher;
  private final Done done;
  private final MemorySegment zeros;
  private final ArrayDeque<Effect.DiskRead> waiting = new ArrayDeque<>();
  private boolean armed;
  private int changing;

  /**
   * An edge over an open descriptor.
   *
   * @param zeroesFast the device zeroes ranges by itself; else zeros are written
   * @param reads memory for reads
   */
  DataEdge(
      IoLoop loop,
      int fd,
      int blockBytes,
      boolean zeroesFast,
      BufferPool reads,
      Hasher hasher,
      Arena arena,
      Done done) {
    this.loop = loop;
    this.fd = fd;
    this.blockBytes = blockBytes;
    this.zeroesFast = zeroesFast;
    this.reads = reads;
    this.hasher = hasher;
    this.done = done;
    this.zeros = arena.allocate(ZEROS_BYTES, 4096);
  }

  /** Writes and zeroings under way. */
  int changing() {
    return changing;
  }

  void write(Effect.DiskWrite w) {
    Buffer buffer = (Buffer) w.payload();
    buffer.keep();
    changing++;
    write(w, buffer, buffer.bytes(), w.start() * blockBytes);
  }

  private void write(Effect.DiskWrite w, Buffer buffer, MemorySegment rest, long offset) {
    loop.write(
        fd,
        rest,
        offset,
        w.fua(),
        result -> {
          if (result > 0 && result < rest.byteSize()) {
            write(w, buffer, rest.asSlice(result), offset + result);
            return;
          }
          buffer.drop();
          changed(w.op(), "write", offset, result, result == rest.byteSize());
        });
  }

  void zero(Effect.DiskZero z) {
    changing++;
    long offset = z.start() * blockBytes;
    long length = (long) z.count() * blockBytes;
    if (!zeroesFast) {
      writeZeros(z, offset, length);
      return;
    }
    int mode = z.mayUnmap() ? PUNCH_HOLE_KEEP_SIZE : ZERO_RANGE_KEEP_SIZE;
    loop.allocate(
        fd,
        mode,
        offset,
        length,
        result -> {
          if (result == -EOPNOTSUPP) {
            writeZeros(z, offset, length);
          } else if (result != 0 || !z.fua()) {
            changed(z.op(), "fallocate", offset, result, result == 0);
          } else {
            loop.sync(fd, r -> changed(z.op(), "fdatasync", offset, r, r == 0));
          }
        });
  }

  private void writeZeros(Effect.DiskZero z, long offset, long left) {
    long part = Math.min(left, ZEROS_BYTES);
    loop.write(
        fd,
        zeros.asSlice(0, part),
        offset,
        z.fua(),
        result -> {
          if (result > 0 && result < left) {
            writeZeros(z, offset + result, left - result);
          } else {
            changed(z.op(), "write", offset, result, result == left);
          }
        });
  }

  void flush(Effect.DiskFlush f) {
    loop.sync(fd, result -> end(f.op(), "fdatasync", -1, result, result == 0));
  }

  private void changed(long op, String call, long offset, int result, boolean ok) {
    changing--;
    end(op, call, offset, result, ok);
  }

  /** A result that is neither the errno of a failure nor what was asked for is a failure too. */
  private void end(long op, String call, long offset, int result, boolean ok) {
    if (!ok) {
      done.failed(call, offset, Math.max(0, -result));
    }
    done.ended(op, ok, null, null);
  }

  // ---- reads

  void read(Effect.DiskRead r) {
    if (!waiting.isEmpty() || !begin(r)) {
      waiting.addLast(r);
      arm();
    }
  }

  private void arm() {
    if (!armed) {
      armed = true;
      reads.whenFree(this::again);
    }
  }

  private void again() {
    armed = false;
    while (!waiting.isEmpty() && begin(waiting.getFirst())) {
      waiting.removeFirst();
    }
    if (!waiting.isEmpty()) {
      arm();
    }
  }

  /**
   * Reads a range back from the disk and hashes it, for whoever is in no hurry: the engine's reads
   * go first.
   *
   * @param answer takes the hash; null if it could not be read, which was told as a failure
   * @return false if there is no memory now: ask again when some is {@linkplain #whenFree free}
   */
  boolean hashAtLeisure(long start, int count, Consumer<@Nullable Hash> answer) {
    Buffer buffer = waiting.isEmpty() ? reads.take(count * blockBytes) : null;
    if (buffer == null) {
      return false;
    }
    hashAtLeisure(start * blockBytes, buffer, 0, answer);
    return true;
  }

  private void hashAtLeisure(long offset, Buffer buffer, int got, Consumer<@Nullable Hash> answer) {
    MemorySegment rest = buffer.bytes().asSlice(got);
    loop.read(
        fd,
        rest,
        offset + got,
        result -> {
          if (result > 0 && result < rest.byteSize()) {
            hashAtLeisure(offset, buffer, got + result, answer);
          } else if (result != rest.byteSize()) {
            done.failed("read", offset + got, Math.max(0, -result));
            buffer.drop();
            answer.accept(null);
          } else {
            hasher.hash(
                buffer,
                hash -> {
                  buffer.drop();
                  answer.accept(hash);
                });
          }
        });
  }

  /** Hashes bytes that were read elsewhere; they stay as they are until the answer. */
  void hash(Buffer bytes, Consumer<Hash> answer) {
    hasher.hash(bytes, answer);
  }

  /** Runs the task once, soon after memory for reads has come back. */
  void whenFree(Runnable task) {
    reads.whenFree(task);
  }

  private boolean begin(Effect.DiskRead r) {
    Buffer buffer = reads.take(r.count() * blockBytes);
    if (buffer == null) {
      return false;
    }
    read(r, buffer, 0);
    return true;
  }

  private void read(Effect.DiskRead r, Buffer buffer, int got) {
    long offset = r.start() * blockBytes + got;
    MemorySegment rest = buffer.bytes().asSlice(got);
    loop.read(
        fd,
        rest,
        offset,
        result -> {
          if (result > 0 && result < rest.byteSize()) {
            read(r, buffer, got + result);
          } else if (result != rest.byteSize()) {
            // 0 is the end of the device, where there must be none.
            done.failed("read", offset, Math.max(0, -result));
            done.ended(r.op(), false, null, null);
            buffer.drop();
          } else if (r.hash()) {
            hasher.hash(
                buffer,
                hash -> {
                  done.ended(r.op(), true, buffer, hash);
                  buffer.drop();
                });
          } else {
            done.ended(r.op(), true, buffer, null);
            buffer.drop();
          }
        });
  }
}
