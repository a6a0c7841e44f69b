// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import io.meikyo.core.format.BlockSink;
import io.meikyo.core.format.BlockSource;
import io.meikyo.linux.Errno;
import io.meikyo.linux.FileIo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Blocks of a descriptor that was opened with O_DIRECT: for reading and mending a cluster partition
 * before the loop takes it. One thread at a time.
 */
final class DirectBlocks implements BlockSource, BlockSink, AutoCloseable {
  private static final int PIECE_BYTES = 1 << 20;
  private static final int ALIGNMENT = 4096;

  private final int fd;
  private final long size;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment piece = arena.allocate(PIECE_BYTES, ALIGNMENT);

  DirectBlocks(int fd, long size) {
    this.fd = fd;
    this.size = size;
  }

  @Override
  public @Nullable ByteBuffer read(long offset, int length) {
    if (offset < 0 || offset + length > size) {
      return null;
    }
    MemorySegment to =
        length <= PIECE_BYTES
            ? piece.asSlice(0, length)
            : Arena.ofAuto().allocate(length, ALIGNMENT);
    long got = 0;
    while (got < length) {
      int n = FileIo.read(fd, to.asSlice(got), offset + got);
      if (n == 0 || (n < 0 && n != -Errno.EINTR)) {
        return null;
      }
      got += Math.max(0, n);
    }
    return to.asByteBuffer().asReadOnlyBuffer();
  }

  @Override
  public void write(long offset, ByteBuffer bytes) {
    long at = offset;
    while (bytes.hasRemaining()) {
      int part = Math.min(bytes.remaining(), PIECE_BYTES);
      piece.asByteBuffer().put(0, bytes, bytes.position(), part);
      int n = FileIo.write(fd, piece.asSlice(0, part), at);
      if (n <= 0 && n != -Errno.EINTR) {
        throw new UncheckedIOException(new IOException(Errno.sentence(-n)));
      }
      bytes.position(bytes.position() + Math.max(0, n));
      at += Math.max(0, n);
    }
  }

  @Override
  public void flush() {
    int result = FileIo.sync(fd);
    if (result < 0) {
      throw new UncheckedIOException(new IOException(Errno.sentence(-result)));
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
