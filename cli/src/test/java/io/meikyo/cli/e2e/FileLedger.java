// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import io.meikyo.linux.Descriptors;
import io.meikyo.linux.FileIo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Writers on a mounted file system that keep book of what was made durable for them, as a database
 * with its log does: they append records, synchronise, and only then count them. Old files are
 * deleted. Now and then a record is read back past the page cache. An I/O error ends a writer, and
 * is remembered.
 */
final class FileLedger {
  private static final long MARK = 0x6d65696b796f2121L;
  private static final int HEAD = 32;
  private static final int RECORD_BYTES_MAX = 16 << 10;
  private static final int RECORDS_PER_SYNC_MAX = 4;
  private static final long FILE_BYTES = 2 << 20;
  private static final int FILES_KEPT = 4;
  private static final int ALIGNED = 4096;
  private static final int END_SECONDS = 60;

  private final List<Writer> writers = new ArrayList<>();
  private volatile boolean stop;

  /**
   * Writers that have not begun.
   *
   * @param folder on the file system; made if need be
   */
  FileLedger(Path folder, int writerCount, long seed) throws IOException {
    Files.createDirectories(folder);
    for (int i = 0; i < writerCount; i++) {
      writers.add(new Writer(folder, i, seed));
    }
  }

  /** Begins to write, or goes on. */
  void start() {
    stop = false;
    writers.forEach(Writer::start);
  }

  /** Waits until every writer has so many more durable records. */
  void more(int records, int seconds, String when) throws Exception {
    long[] from = writers.stream().mapToLong(w -> w.durable).toArray();
    Await.that(
        seconds,
        records + " more records of each writer are durable " + when,
        () -> "written: " + writers.stream().mapToLong(w -> w.durable).sum(),
        () -> {
          raise();
          boolean all = true;
          for (int i = 0; i < from.length; i++) {
            all &= writers.get(i).durable - from[i] >= records;
          }
          return all;
        });
  }

  /** Durable records so far. */
  long durable() {
    return writers.stream().mapToLong(w -> w.durable).sum();
  }

  /** The longest that a record took to become durable, ms; begins anew. */
  long longestStallMillis() {
    long longest = 0;
    for (Writer w : writers) {
      longest = Math.max(longest, w.longest);
      w.longest = 0;
    }
    return TimeUnit.NANOSECONDS.toMillis(longest);
  }

  /** Lets what is under way end, and closes all files. */
  void finish() throws InterruptedException {
    stop = true;
    for (Writer w : writers) {
      w.end();
    }
    raise();
  }

  /** Waits until every writer has ended with an I/O error; what it has in the book stays. */
  void failed(int seconds) throws Exception {
    Await.that(
        seconds,
        "every writer has got an error",
        () -> "those that wait still: " + writers.stream().filter(w -> w.wrong == null).count(),
        () -> writers.stream().allMatch(w -> w.wrong != null));
    for (Writer w : writers) {
      if (!(w.wrong instanceof IOException)) {
        raise();
      }
      w.end();
      w.closeFile();
    }
  }

  private void raise() {
    for (Writer w : writers) {
      Throwable t = w.wrong;
      if (t != null) {
        throw new AssertionError("writer " + w.number + ", after " + w.durable + " records", t);
      }
    }
  }

  /**
   * Reads every file and compares it with the book, when the writers have finished.
   *
   * @param whole what was written and not made durable must be there too: no file system has died
   */
  void check(boolean whole) throws IOException {
    for (Writer w : writers) {
      w.check(whole);
    }
  }

  /** A file and what is known of it; offsets of its records, and the end of the last one. */
  private static final class Book {
    final Path path;
    final long first;
    final List<Long> offsets = new ArrayList<>(List.of(0L));
    volatile int durable;

    Book(Path path, long first) {
      this.path = path;
      this.first = first;
    }

    int written() {
      return offsets.size() - 1;
    }

    long end(int records) {
      return offsets.get(records);
    }
  }

  private final class Writer {
    final int number;
    final Path folder;
    final Random random;
    final Deque<Book> books = new ArrayDeque<>();
    volatile Throwable wrong;
    volatile long longest;
    volatile long durable;
    private Thread thread;
    private FileChannel channel;
    private long sequence;

    Writer(Path folder, int number, long seed) {
      this.folder = folder;
      this.number = number;
      this.random = new Random(seed + number);
    }

    void start() {
      thread = Thread.ofPlatform().daemon().name("files-" + number).start(this::run);
    }

    void end() throws InterruptedException {
      Thread running = thread;
      if (running == null) {
        return;
      }
      running.join(TimeUnit.SECONDS.toMillis(END_SECONDS));
      if (running.isAlive()) {
        throw new AssertionError("writer " + number + " does not end");
      }
      thread = null;
    }

    private void run() {
      try {
        while (!stop) {
          append();
          if (random.nextInt(4) == 0) {
            readBack();
          }
        }
        closeFile();
      } catch (Throwable t) {
        wrong = t;
      }
    }

    private void closeFile() throws IOException {
      if (channel != null) {
        channel.close();
        channel = null;
      }
    }

    private Book book() throws IOException {
      Book newest = books.peekLast();
      if (newest != null && newest.end(newest.written()) < FILE_BYTES) {
        if (channel == null) {
          channel = FileChannel.open(newest.path, StandardOpenOption.WRITE);
        }
        return newest;
      }
      closeFile();
      Book fresh = new Book(folder.resolve("w" + number + "-" + sequence), sequence);
      channel =
          FileChannel.open(fresh.path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      // The name is durable too, before a record in it counts.
      try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
        names.force(true);
      }
      books.add(fresh);
      if (books.size() > FILES_KEPT) {
        Files.delete(books.remove().path);
      }
      return fresh;
    }

    private void append() throws IOException {
      Book book = book();
      long began = System.nanoTime();
      int count = 1 + random.nextInt(RECORDS_PER_SYNC_MAX);
      for (int i = 0; i < count; i++) {
        long at = book.end(book.written());
        ByteBuffer record = record(book.first + book.written());
        long end = at + record.remaining();
        while (record.hasRemaining()) {
          channel.write(record, end - record.remaining());
        }
        book.offsets.add(end);
        sequence++;
      }
      channel.force(false);
      book.durable = book.written();
      durable += count;
      longest = Math.max(longest, System.nanoTime() - began);
    }

    /** What a record contains, by its number alone. */
    private ByteBuffer record(long s) {
      Random content = new Random(s * 0x9e3779b97f4a7c15L + number);
      byte[] bytes = new byte[HEAD + content.nextInt(RECORD_BYTES_MAX - HEAD)];
      content.nextBytes(bytes);
      ByteBuffer record = ByteBuffer.wrap(bytes);
      record.putLong(MARK).putLong(number).putLong(s).putLong(bytes.length);
      return record.rewind();
    }

    private void readBack() throws IOException {
      List<Book> all = List.copyOf(books);
      Book book = all.get(random.nextInt(all.size()));
      if (book.durable == 0) {
        return;
      }
      int which = random.nextInt(book.durable);
      long from = book.end(which) / ALIGNED * ALIGNED;
      int bytes = (int) ((book.end(which + 1) - from + ALIGNED - 1) / ALIGNED * ALIGNED);
      int fd = Descriptors.open(book.path, Descriptors.O_RDONLY | Descriptors.O_DIRECT);
      try (Arena life = Arena.ofConfined()) {
        MemorySegment in = life.allocate(bytes, ALIGNED);
        int got = FileIo.read(fd, in, from);
        if (got < 0) {
          throw new IOException("pread: errno " + -got + ", " + book.path);
        }
        int skip = (int) (book.end(which) - from);
        compare(book, which, in.asSlice(skip, Math.max(0, got - skip)).asByteBuffer());
      } finally {
        Descriptors.close(fd);
      }
    }

    private void compare(Book book, int which, ByteBuffer found) {
      ByteBuffer expected = record(book.first + which);
      if (found.remaining() < expected.remaining()) {
        throw new AssertionError(
            "LOST: record %d of %s ends after %d of %d bytes"
                .formatted(which, book.path, found.remaining(), expected.remaining()));
      }
      int same = expected.mismatch(found.slice().limit(expected.remaining()));
      if (same >= 0) {
        throw new AssertionError(
            "LOST: record %d of %s at %d is not what was made durable, from byte %d"
                .formatted(which, book.path, book.end(which), same));
      }
    }

    void check(boolean whole) throws IOException {
      for (Book book : books) {
        ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(book.path));
        int records = whole ? book.written() : book.durable;
        if (whole && all.limit() != book.end(records)) {
          throw new AssertionError(
              book.path + " has " + all.limit() + " bytes, not " + book.end(records));
        }
        for (int i = 0; i < records; i++) {
          int end = (int) Math.min(all.limit(), book.end(i + 1));
          compare(book, i, all.limit(end).position((int) Math.min(end, book.end(i))));
          all.clear();
        }
      }
    }
  }
}
