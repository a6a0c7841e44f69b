// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Makes fully written files: every byte has its place on the disk before the file gets its name.
 * Interrupted, it leaves only a file that ends in {@code .meikyo-part}, which the next run
 * replaces.
 */
final class Allocation {
  private static final int CHUNK_BYTES = 4 << 20;

  /** Bytes after which dirty pages are pushed out, so that the last flush is not the whole work. */
  private static final long FLUSH_BYTES = 256L << 20;

  private Allocation() {}

  static void make(Path path, long bytes, Progress progress) throws PartitionProblem {
    if (Files.exists(path)) {
      throw new PartitionProblem(PartitionNotice.ALREADY_THERE, path);
    }
    Path part = path.resolveSibling(path.getFileName() + ".meikyo-part");
    try {
      write(part, bytes, path.toString(), progress);
      Files.move(part, path, StandardCopyOption.ATOMIC_MOVE);
      syncFolder(path);
    } catch (IOException e) {
      try {
        Files.deleteIfExists(part);
      } catch (IOException ignored) {
        // The first failure is the one to tell.
      }
      throw new PartitionProblem(PartitionNotice.WRITE_FAILED, path, PartitionFile.reason(e));
    }
  }

  private static void write(Path part, long bytes, String name, Progress progress)
      throws IOException {
    try (FileChannel out =
        FileChannel.open(
            part,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer zeros = ByteBuffer.allocateDirect(CHUNK_BYTES);
      long sinceFlush = 0;
      long done = 0;
      while (done < bytes) {
        zeros.clear().limit((int) Math.min(CHUNK_BYTES, bytes - done));
        int written = out.write(zeros, done);
        done += written;
        sinceFlush += written;
        if (sinceFlush >= FLUSH_BYTES) {
          out.force(false);
          sinceFlush = 0;
        }
        progress.at(name, done, bytes);
      }
      out.force(true);
    }
  }

  private static void syncFolder(Path path) throws IOException {
    Path folder = path.toAbsolutePath().getParent();
    if (folder != null) {
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }
}
