// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import io.meikyo.core.format.BlockSink;
import io.meikyo.core.format.BlockSource;
import io.meikyo.core.format.PartitionLayout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A partition as a regular file or a block device, in blocks of 4096 bytes, past the page cache
 * where the file system allows it (O_DIRECT), so that what is read is what is on the disk. One
 * thread at a time.
 */
public final class PartitionFile implements BlockSource, BlockSink, AutoCloseable {
  /** What it is opened for. */
  public enum Mode {
    /** Reading; nobody else is kept out. */
    READ,
    /** Reading and writing; everybody else who locks is kept out. */
    WRITE
  }

  private static final int BLOCK = PartitionLayout.BLOCK_BYTES;
  private static final int BUFFER_BYTES = 1 << 20;
  private static final Set<OpenOption> DIRECT = direct();

  private final Path path;
  private final FileChannel channel;
  private final long size;
  private final ByteBuffer buffer;
  private @Nullable FileLock lock;

  private PartitionFile(Path path, FileChannel channel, long size) {
    this.path = path;
    this.channel = channel;
    this.size = size;
    this.buffer = ByteBuffer.allocateDirect(BUFFER_BYTES + BLOCK).alignedSlice(BLOCK);
  }

  /** Opens a file or device. */
  public static PartitionFile open(Path path, Mode mode) throws PartitionProblem {
    Set<OpenOption> options = new HashSet<>();
    options.add(StandardOpenOption.READ);
    if (mode == Mode.WRITE) {
      options.add(StandardOpenOption.WRITE);
    }
    try {
      if (Files.isDirectory(path)) {
        throw new PartitionProblem(PartitionNotice.NOT_A_DISK, path);
      }
      FileChannel channel = openDirect(path, options);
      PartitionFile file = new PartitionFile(path, channel, channel.size());
      if (!Files.isRegularFile(path) && file.size == 0) {
        channel.close();
        throw new PartitionProblem(PartitionNotice.NOT_A_DISK, path);
      }
      if (mode == Mode.WRITE) {
        file.lockOrFail();
      }
      return file;
    } catch (NoSuchFileException e) {
      throw new PartitionProblem(PartitionNotice.NO_SUCH_FILE, path);
    } catch (IOException e) {
      throw new PartitionProblem(PartitionNotice.CANNOT_OPEN, path, reason(e));
    }
  }

  /** The option for O_DIRECT. Found by its name, since the compiler warns of its package. */
  private static Set<OpenOption> direct() {
    try {
      Object[] options = Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants();
      for (Object option : options) {
        if (option instanceof OpenOption o && o.toString().equals("DIRECT")) {
          return Set.of(o);
        }
      }
      return Set.of();
    } catch (ClassNotFoundException e) {
      return Set.of();
    }
  }

  /** Past the page cache if the file system can. */
  private static FileChannel openDirect(Path path, Set<OpenOption> options) throws IOException {
    Set<OpenOption> direct = new HashSet<>(options);
    direct.addAll(DIRECT);
    try {
      return FileChannel.open(path, direct);
    } catch (UnsupportedOperationException e) {
      return FileChannel.open(path, options);
    } catch (java.nio.file.FileSystemException e) {
      // Some file systems say "invalid argument" instead.
      if (e instanceof NoSuchFileException || e instanceof java.nio.file.AccessDeniedException) {
        throw e;
      }
      return FileChannel.open(path, options);
    }
  }

  private void lockOrFail() throws IOException, PartitionProblem {
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      channel.close();
      throw new PartitionProblem(PartitionNotice.IN_USE, path);
    }
  }

  /** True if somebody has it open for writing, so that what is read may be in motion. */
  public boolean isLockedByOthers() {
    if (lock != null) {
      return false;
    }
    try (FileLock shared = channel.tryLock(0, Long.MAX_VALUE, true)) {
      return shared == null;
    } catch (OverlappingFileLockException e) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  /** Bytes. */
  public long size() {
    return size;
  }

  /**
   * Reads a range. Up to 1 MiB comes in a buffer that the next call reuses.
   *
   * @return null if it cannot be read or lies beyond the end
   */
  @Override
  public @Nullable ByteBuffer read(long offset, int length) {
    if (offset < 0 || offset + length > size) {
      return null;
    }
    ByteBuffer into =
        length <= BUFFER_BYTES
            ? buffer
            : ByteBuffer.allocateDirect(length + BLOCK).alignedSlice(BLOCK);
    into.clear().limit(length);
    try {
      while (into.hasRemaining()) {
        if (channel.read(into, offset + into.position()) <= 0) {
          return null;
        }
      }
    } catch (IOException e) {
      return null;
    }
    return into.flip().asReadOnlyBuffer();
  }

  @Override
  public void write(long offset, ByteBuffer bytes) {
    try {
      long at = offset;
      while (bytes.hasRemaining()) {
        int part = Math.min(bytes.remaining(), BUFFER_BYTES);
        buffer.clear().put(0, bytes, bytes.position(), part).limit(part);
        while (buffer.hasRemaining()) {
          channel.write(buffer, at + buffer.position());
        }
        bytes.position(bytes.position() + part);
        at += part;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void flush() {
    try {
      channel.force(true);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What an I/O error says, without the path that the notice names anyway. */
  static String reason(IOException e) {
    if (e instanceof java.nio.file.AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof java.nio.file.FileSystemException f && f.getReason() != null) {
      return f.getReason();
    }
    return String.valueOf(e.getMessage());
  }
}
