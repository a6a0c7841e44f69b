// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.real;

import io.meikyo.agent.block.FileDisk;
import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.memory.BufferPool;
import io.meikyo.linux.Descriptors;
import io.meikyo.linux.FileIo;
import io.meikyo.linux.LinuxException;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/** A disk in a file, past the page cache. */
public final class FileBacked implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final int fd;
  private final FileDisk disk;

  /** Opens the file, or makes it. */
  public FileBacked(IoLoop loop, Path file, int blockBytes, long bytes) throws LinuxException {
    fd = Descriptors.open(file, Descriptors.O_RDWR | Descriptors.O_CREAT | Descriptors.O_DIRECT);
    FileIo.resize(fd, bytes);
    BufferPool memory = new BufferPool(arena, 256, 64, 16, loop::post);
    disk = new FileDisk(loop, fd, blockBytes, bytes, memory, arena);
  }

  /** The disk. */
  public FileDisk disk() {
    return disk;
  }

  /** Closes the file; when the loop has ended. */
  @Override
  public void close() {
    Descriptors.close(fd);
    arena.close();
  }
}
