// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.soak;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What one file must hold: for each block of 4 KiB the number of the write that it got last, 0 for
 * none. Every sector tells file, block and number, so that an older, a foreign and a torn content
 * are all seen. For one thread.
 */
final class Book {
  static final int BLOCK = 4096;

  private static final int SECTOR = 512;
  private static final int HEAD_BYTES = 24;
  private static final long MARK = 0x6d65696b796f736fL;
  private static final long STEP = 0x9e3779b97f4a7c15L;

  private final int file;
  private final int[] last;

  /** The book of a file that is not there yet. */
  Book(int file, int blocks) {
    this.file = file;
    this.last = new int[blocks];
  }

  int blocks() {
    return last.length;
  }

  /** Bytes of a write to some blocks, from the buffer's position on. */
  void fill(ByteBuffer out, int first, int count, int number) {
    for (int block = first; block < first + count; block++) {
      for (int sector = 0; sector < BLOCK / SECTOR; sector++) {
        out.putLong(MARK ^ file).putLong(block).putLong(number);
        long value = seed(block, sector, number);
        for (int k = HEAD_BYTES; k < SECTOR; k += Long.BYTES) {
          out.putLong(value);
          value += STEP;
        }
      }
    }
  }

  private long seed(int block, int sector, int number) {
    long mixed = (((long) number << 32) ^ ((long) block << 8) ^ sector) * STEP + file;
    return mixed ^ (mixed >>> 29);
  }

  /** The write was answered: from now on its bytes must be there. */
  void wrote(int first, int count, int number) {
    java.util.Arrays.fill(last, first, first + count, number);
  }

  /**
   * Compares what was read with what must be there.
   *
   * @param in bytes of the blocks, from its position on
   * @throws IOException the first difference
   */
  void compare(ByteBuffer in, int first, int count) throws IOException {
    for (int block = first; block < first + count; block++) {
      int number = last[block];
      if (number == 0) {
        in.position(in.position() + BLOCK);
        continue;
      }
      for (int sector = 0; sector < BLOCK / SECTOR; sector++) {
        long mark = in.getLong();
        long where = in.getLong();
        long found = in.getLong();
        if (mark != (MARK ^ file) || where != block || found != number) {
          throw new IOException(
              "file "
                  + file
                  + ", block "
                  + block
                  + ", sector "
                  + sector
                  + ": write "
                  + number
                  + " must be there, found is write "
                  + found
                  + " of block "
                  + where
                  + (mark == (MARK ^ file) ? "" : ", foreign bytes"));
        }
        long value = seed(block, sector, number);
        for (int k = HEAD_BYTES; k < SECTOR; k += Long.BYTES) {
          if (in.getLong() != value) {
            throw new IOException(
                "file "
                    + file
                    + ", block "
                    + block
                    + ", sector "
                    + sector
                    + " of write "
                    + number
                    + ": damaged at byte "
                    + k);
          }
          value += STEP;
        }
      }
    }
  }

  /** Blocks that were ever written. */
  int written() {
    int count = 0;
    for (int number : last) {
      count += number == 0 ? 0 : 1;
    }
    return count;
  }

  /** Keeps it for another process. */
  void save(Path to) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(last.length * Integer.BYTES);
    bytes.asIntBuffer().put(last);
    try (FileChannel out =
        FileChannel.open(
            to,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
    }
  }

  /** The book that another process has kept. */
  static Book load(int file, Path from) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(java.nio.file.Files.readAllBytes(from));
    Book book = new Book(file, bytes.capacity() / Integer.BYTES);
    bytes.asIntBuffer().get(book.last);
    return book;
  }
}
