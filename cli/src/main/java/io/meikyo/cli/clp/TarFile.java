// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;

/**
 * Writes a tar archive (POSIX ustar), compressed; files only, each whole in memory. One thread.
 *
 * <pre>
 *  per file   header 512: name 100, mode 8, uid 8, gid 8, size 12, mtime 12, checksum 8, type 1, …
 *             content, filled up with zeros to 512
 *  at the end two blocks of zeros
 * </pre>
 */
final class TarFile implements AutoCloseable {
  private static final int BLOCK = 512;
  private static final int NAME_MAX = 100;

  private final OutputStream out;
  private final long seconds;

  /**
   * Begins one.
   *
   * @param seconds time that all files carry, since 1970
   */
  TarFile(OutputStream to, long seconds) throws IOException {
    this.out = new GZIPOutputStream(to);
    this.seconds = seconds;
  }

  void add(String name, byte[] content) throws IOException {
    byte[] header = new byte[BLOCK];
    byte[] path = name.getBytes(StandardCharsets.UTF_8);
    if (path.length > NAME_MAX) {
      throw new IOException("the name is too long for tar: " + name);
    }
    System.arraycopy(path, 0, header, 0, path.length);
    text(header, 100, "0000600\0");
    text(header, 108, "0000000\0");
    text(header, 116, "0000000\0");
    text(header, 124, octal(content.length));
    text(header, 136, octal(seconds));
    text(header, 148, "        ");
    text(header, 156, "0");
    text(header, 257, "ustar\00000");
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    text(header, 148, String.format(Locale.ROOT, "%06o\0 ", sum));
    out.write(header);
    out.write(content);
    out.write(new byte[(BLOCK - content.length % BLOCK) % BLOCK]);
  }

  private static String octal(long value) {
    return String.format(Locale.ROOT, "%011o\0", value);
  }

  private static void text(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  @Override
  public void close() throws IOException {
    out.write(new byte[2 * BLOCK]);
    out.close();
  }
}
