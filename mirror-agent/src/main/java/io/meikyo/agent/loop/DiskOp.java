// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.loop;

import io.meikyo.linux.Errno;
import io.meikyo.linux.FileIo;
import io.meikyo.linux.Processes;
import io.meikyo.linux.RawMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/** An operation of a {@link ThreadLoop} on a file or block device, done whole by one thread. */
final class DiskOp implements Runnable {
  enum Kind {
    READ,
    WRITE,
    WRITE_DURABLY,
    SYNC,
    ALLOCATE
  }

  /** A file's bytes come in these; a read that ends between two has met the end of the file. */
  private static final int SECTOR_BYTES = 512;

  /**
   * Bytes for the call's own use, of each thread of the pool; its first use prepares the thread.
   */
  private static final ThreadLocal<MemorySegment> VECTOR =
      ThreadLocal.withInitial(() -> {
        Processes.serveDisk();
        return Arena.ofAuto().allocate(16, 8);
      });

  final int fd;
  final Completion end;
  int result;

  /** What should not happen, to be thrown by the loop's thread. */
  @Nullable Throwable failure;

  private final Kind kind;

  /** Holds the memory until the end; used is the raw view, since this is another thread. */
  private final MemorySegment held;

  private final MemorySegment memory;
  private final long offset;
  private final long length;
  private final int mode;

  DiskOp(
      Kind kind, int fd, MemorySegment memory, long offset, long length, int mode, Completion end) {
    this.kind = kind;
    this.fd = fd;
    this.held = memory;
    this.memory = RawMemory.of(memory);
    this.offset = offset;
    this.length = length;
    this.mode = mode;
    this.end = end;
  }

  @Override
  public void run() {
    try {
      result = call(VECTOR.get());
    } catch (RuntimeException | Error e) {
      failure = e;
    } finally {
      Reference.reachabilityFence(held);
    }
  }

  private int call(MemorySegment vector) {
    return switch (kind) {
      case READ -> read();
      case WRITE, WRITE_DURABLY -> write(vector);
      case SYNC -> untilDone(() -> FileIo.sync(fd));
      case ALLOCATE -> untilDone(() -> FileIo.allocate(fd, mode, offset, length));
    };
  }

  private interface Call {
    int once();
  }

  private static int untilDone(Call call) {
    int result;
    do {
      result = call.once();
    } while (result == -Errno.EINTR);
    return result;
  }

  private int read() {
    int done = 0;
    while (done < memory.byteSize()) {
      int got = FileIo.read(fd, memory.asSlice(done), offset + done);
      if (got == -Errno.EINTR || got == -Errno.EAGAIN) {
        continue;
      }
      if (got < 0) {
        // Behind the end of a file, a continued direct read may find itself not aligned.
        return got == -Errno.EINVAL && done > 0 ? done : got;
      }
      done += got;
      if (got == 0 || got % SECTOR_BYTES != 0) {
        break;
      }
    }
    return done;
  }

  private int write(MemorySegment vector) {
    int done = 0;
    while (done < memory.byteSize()) {
      MemorySegment rest = memory.asSlice(done);
      int put =
          kind == Kind.WRITE
              ? FileIo.write(fd, rest, offset + done)
              : FileIo.writeDurably(fd, rest, offset + done, vector);
      if (put == -Errno.EINTR || put == -Errno.EAGAIN) {
        continue;
      }
      if (put <= 0) {
        return put == 0 ? -Errno.EIO : put;
      }
      done += put;
    }
    return done;
  }
}
