// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.HexFormat;

/**
 * Writes what a reader gives into a new file, in order: several large reads under way, blocks of
 * zeros left as holes, made durable in steps so that little is left to be written at the end. One
 * thread.
 */
final class ImageWriter {
  /** Bytes of one read. */
  static final int PART_BYTES = 1 << 20;

  /** Reads under way. */
  static final int WINDOW = 4;

  /** What is all zeros is not written. */
  static final int BLOCK_BYTES = 64 << 10;

  /** After so many bytes written they are made durable. */
  private static final long SYNC_BYTES = 64L << 20;

  private static final MemorySegment ZEROS = Arena.global().allocate(BLOCK_BYTES, 64);

  /** Is told how far it is, and may end it. */
  interface Progress {
    /** So many bytes are written or left as holes; rises. */
    void at(long bytes) throws ImageProblem, Stop.Stopped;
  }

  /**
   * What was written.
   *
   * @param stored bytes that are no holes
   */
  record Written(long bytes, long stored, String sha256) {}

  private final String snapshot;
  private final NbdReader reader;
  private final Pace pace;
  private final Stop stop;
  private final Progress progress;

  /**
   * A writer that has done nothing yet.
   *
   * @param snapshot the name of what is read, for messages
   * @param progress is told of each step
   */
  ImageWriter(String snapshot, NbdReader reader, Pace pace, Stop stop, Progress progress) {
    this.snapshot = snapshot;
    this.reader = reader;
    this.pace = pace;
    this.stop = stop;
    this.progress = progress;
  }

  /**
   * Writes all of it. If this throws the file is of no use; it is not removed.
   *
   * @param file does not exist
   */
  Written write(Path file) throws ImageProblem, Stop.Stopped {
    long bytes = reader.bytes();
    MessageDigest hash = sha256();
    try (FileChannel out = create(file, bytes);
        Arena arena = Arena.ofConfined()) {
      int part = Math.min(PART_BYTES, reader.readBytesMax() / BLOCK_BYTES * BLOCK_BYTES);
      if (part == 0) {
        throw new ImageProblem(
            ImageNotice.READ_FAILED, snapshot, "at most " + reader.readBytesMax() + " B at once");
      }
      ArrayDeque<ByteBuffer> spare = new ArrayDeque<>();
      for (int i = 0; i < WINDOW; i++) {
        spare.add(arena.allocate(part, 4096).asByteBuffer());
      }
      long asked = 0;
      long at = 0;
      long stored = 0;
      long loose = 0;
      while (at < bytes) {
        while (asked < bytes && !spare.isEmpty()) {
          ByteBuffer to = spare.remove();
          to.clear().limit((int) Math.min(part, bytes - asked));
          pace.before(to.remaining());
          stop.check();
          ask(asked, to);
          asked += to.remaining();
        }
        ByteBuffer come = next();
        stop.check();
        hash.update(come.duplicate());
        long now = store(out, file, come, at);
        stored += now;
        loose += now;
        at += come.remaining();
        spare.add(come);
        if (loose >= SYNC_BYTES) {
          sync(out, file);
          loose = 0;
        }
        progress.at(at);
      }
      sync(out, file);
      return new Written(bytes, stored, HexFormat.of().formatHex(hash.digest()));
    } catch (IOException e) {
      throw writeFailed(file, e); // of closing it
    }
  }

  private void ask(long offset, ByteBuffer to) throws ImageProblem, Stop.Stopped {
    try {
      reader.ask(offset, to);
    } catch (IOException e) {
      throw readFailed(e);
    }
  }

  private ByteBuffer next() throws ImageProblem, Stop.Stopped {
    try {
      return reader.next();
    } catch (IOException e) {
      throw readFailed(e);
    }
  }

  /** A reader that was woken up because the work is to stop has not failed. */
  private ImageProblem readFailed(IOException e) throws Stop.Stopped {
    stop.check();
    return new ImageProblem(ImageNotice.READ_FAILED, snapshot, ImageProblem.reason(e));
  }

  private static ImageProblem writeFailed(Path file, IOException e) {
    return new ImageProblem(ImageNotice.WRITE_FAILED, file, ImageProblem.reason(e));
  }

  /** A file of this size that is one hole. */
  private static FileChannel create(Path file, long bytes) throws ImageProblem {
    try {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      try (RandomAccessFile sized = new RandomAccessFile(file.toFile(), "rw")) {
        sized.setLength(bytes);
      }
      return FileChannel.open(file, java.nio.file.StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw writeFailed(file, e);
    }
  }

  /** Writes what is not zeros; the number of bytes. */
  private static long store(FileChannel out, Path file, ByteBuffer bytes, long at)
      throws ImageProblem {
    MemorySegment all = MemorySegment.ofBuffer(bytes);
    int length = bytes.remaining();
    int from = -1; // where what is to be written begins
    long stored = 0;
    for (int block = 0; block < length; block += BLOCK_BYTES) {
      if (isZero(all, block, Math.min(BLOCK_BYTES, length - block))) {
        if (from >= 0) {
          stored += put(out, file, bytes.slice(from, block - from), at + from);
          from = -1;
        }
      } else if (from < 0) {
        from = block;
      }
    }
    if (from >= 0) {
      stored += put(out, file, bytes.slice(from, length - from), at + from);
    }
    return stored;
  }

  private static boolean isZero(MemorySegment all, int from, int length) {
    return MemorySegment.mismatch(all, from, from + (long) length, ZEROS, 0, length) < 0;
  }

  private static long put(FileChannel out, Path file, ByteBuffer bytes, long at)
      throws ImageProblem {
    int length = bytes.remaining();
    try {
      while (bytes.hasRemaining()) {
        out.write(bytes, at + bytes.position());
      }
      return length;
    } catch (IOException e) {
      throw writeFailed(file, e);
    }
  }

  private static void sync(FileChannel out, Path file) throws ImageProblem {
    try {
      out.force(true);
    } catch (IOException e) {
      throw writeFailed(file, e);
    }
  }

  /** The hash that manifests carry. */
  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
