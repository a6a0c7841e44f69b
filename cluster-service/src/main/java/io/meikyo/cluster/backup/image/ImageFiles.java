// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.Objects;
import java.util.function.LongConsumer;

/** The files of backups: their names, and how they become durable. Stateless; any thread. */
final class ImageFiles {
  /** What is not whole yet has this at the end of its name. */
  static final String PART = ".part";

  private static final int READ_BYTES = 1 << 20;

  private ImageFiles() {}

  /** Name of the image of a data partition. */
  static String data(String disk) {
    return disk + ".data.img";
  }

  /** Name of the image of a cluster partition. */
  static String cluster(String disk) {
    return disk + ".cluster.img";
  }

  /** The name as long as it is not whole. */
  static Path part(Path file) {
    return file.resolveSibling(file.getFileName() + PART);
  }

  /** Gives a durable file its name; the folder is to be made durable by {@link #sync}. */
  static void whole(Path file) throws IOException {
    Files.move(part(file), file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Makes a file's bytes, or a folder's names, durable. */
  static void sync(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Replaces a file by this text: whoever reads finds the old one or the new one. */
  static void write(Path file, String text) throws IOException {
    Path next = part(file);
    try (FileChannel out =
        FileChannel.open(
            next,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    sync(Objects.requireNonNull(file.toAbsolutePath().getParent()));
  }

  /**
   * The SHA-256 of a file, holes read as zeros.
   *
   * @param done takes how many bytes were read, rising
   */
  static String sha256(Path file, LongConsumer done) throws IOException {
    var hash = ImageWriter.sha256();
    ByteBuffer bytes = ByteBuffer.allocate(READ_BYTES);
    long at = 0;
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      while (in.read(bytes.clear()) >= 0) {
        at += bytes.flip().remaining();
        hash.update(bytes);
        done.accept(at);
      }
    }
    return HexFormat.of().formatHex(hash.digest());
  }
}
