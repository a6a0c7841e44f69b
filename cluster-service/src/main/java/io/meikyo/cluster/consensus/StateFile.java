// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import io.meikyo.core.consensus.LogPosition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * A state in a file, whole or not there: written under another name, made durable, renamed.
 *
 * <pre>
 * 0   8  "MEIKYOST"
 * 8   4  format, 1
 * 12  8  term, 20 8 index of the last entry that is in it
 * 28  4  n, bytes of the table of applied proposals
 * 32  n  that table
 *     4  m, bytes of the state
 *     m  the state
 *     4  CRC-32C of all before
 * </pre>
 *
 * @param seen the table, in its own format; empty for a sealed group
 */
record StateFile(LogPosition at, byte[] seen, byte[] state) {
  private static final byte[] MAGIC = "MEIKYOST".getBytes(StandardCharsets.US_ASCII);
  private static final int FORMAT = 1;
  private static final int HEAD_BYTES = 32;

  void write(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(HEAD_BYTES + seen.length + 4 + state.length + 4);
    bytes.put(MAGIC).putInt(FORMAT).putLong(at.term()).putLong(at.index());
    bytes.putInt(seen.length).put(seen).putInt(state.length).put(state);
    bytes.putInt(crc(bytes.array(), bytes.position()));
    replace(file, bytes.flip());
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IOException if it cannot be read, or is not whole
   */
  static StateFile read(Path file) throws IOException {
    byte[] all = Files.readAllBytes(file);
    ByteBuffer bytes = ByteBuffer.wrap(all);
    byte[] magic = new byte[MAGIC.length];
    if (all.length < HEAD_BYTES + 8) {
      throw new IOException(file + " is not whole");
    }
    bytes.get(magic);
    if (!Arrays.equals(magic, MAGIC) || bytes.getInt() != FORMAT) {
      throw new IOException(file + " is not a state in a format known here");
    }
    if (bytes.getInt(all.length - 4) != crc(all, all.length - 4)) {
      throw new IOException(file + " is damaged");
    }
    LogPosition at = new LogPosition(bytes.getLong(), bytes.getLong());
    byte[] seen = new byte[bytes.getInt()];
    bytes.get(seen);
    byte[] state = new byte[bytes.getInt()];
    bytes.get(state);
    return new StateFile(at, seen, state);
  }

  private static int crc(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  /** Puts a file in place of the one of that name, if any; durable when it returns. */
  static void replace(Path file, ByteBuffer content) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".new");
    try (FileChannel to =
        FileChannel.open(
            next,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      while (content.hasRemaining()) {
        to.write(content);
      }
      to.force(true);
    }
    move(next, file);
  }

  /** Renames; durable when it returns. */
  static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    syncFolder(to);
    syncFolder(from);
  }

  private static void syncFolder(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      sync(folder);
    }
  }

  /** Makes the names in a folder durable. */
  static void sync(Path folder) throws IOException {
    try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
      directory.force(true);
    }
  }
}
