// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.soak;

import io.meikyo.lab.Wait;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes to files, through the page cache, reads them back, and keeps book of what must be there:
 * some files with small writes at random places and fsync now and then, and one that is written as
 * fast as memory takes it, so that dirty pages fill all there is.
 *
 * <pre>
 *  write FOLDER SEED FILES BLOCKS BULK-BYTES
 *    says   tick N              operations so far, four times a second
 *           slow AT NANOS WHAT  one took more than 100 ms; AT is when it began (monotonic clock)
 *           wrong TEXT          an error, or bytes that must not be; then it ends with status 1
 *    takes  stop FOLDER         ends, keeps the books there, says "figures …" lines and "stopped"
 *  check FOLDER BOOKS           reads all files; "checked N blocks", or "wrong TEXT" and status 1
 * </pre>
 *
 * It speaks on standard error and ends when its standard input does.
 */
public final class WriterMain {
  private static final long SLOW_NANOS = 100_000_000;
  private static final long TICK_MILLIS = 250;
  private static final int BLOCKS_PER_WRITE = 64;
  private static final int BULK_BLOCKS = 256;

  private final Path folder;
  private final AtomicLong operations = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final Durations writes = new Durations();
  private final Durations syncs = new Durations();
  private final Durations reads = new Durations();
  private volatile boolean stop;

  private WriterMain(Path folder) {
    this.folder = folder;
  }

  /** See the class. Exit status 0; 1: something was wrong; 2: wrong arguments. */
  public static void main(String... a) throws IOException, InterruptedException {
    if (a.length == 6 && a[0].equals("write")) {
      new WriterMain(Path.of(a[1]))
          .write(
              Long.parseLong(a[2]),
              Integer.parseInt(a[3]),
              Integer.parseInt(a[4]),
              Long.parseLong(a[5]));
    } else if (a.length == 3 && a[0].equals("check")) {
      check(Path.of(a[1]), Path.of(a[2]));
    } else {
      say("usage: write FOLDER SEED FILES BLOCKS BULK-BYTES | check FOLDER BOOKS");
      System.exit(2);
    }
  }

  private static synchronized void say(String line) {
    System.err.println(line);
  }

  private static void wrong(Exception e) {
    say("wrong " + e);
    Runtime.getRuntime().halt(1);
  }

  // ---- writing

  private void write(long seed, int files, int blocks, long bulkBytes)
      throws IOException, InterruptedException {
    List<Book> books = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int file = 0; file < files; file++) {
      Book book = new Book(file, blocks);
      books.add(book);
      Random random = new Random(seed + file);
      Path path = folder.resolve("file-" + file);
      threads.add(run("writer-" + file, () -> small(path, book, random)));
    }
    Book bulk = new Book(files, (int) (bulkBytes / Book.BLOCK));
    Random random = new Random(seed - 1);
    threads.add(run("bulk", () -> bulk(folder.resolve("bulk"), bulk, random)));
    Thread.ofPlatform().daemon().name("ticks").start(this::ticks);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String line = in.readLine();
    if (line == null || !line.startsWith("stop ")) {
      Runtime.getRuntime().halt(1);
      return;
    }
    stop = true;
    for (Thread t : threads) {
      t.join();
    }
    Path keep = Path.of(line.substring("stop ".length()));
    for (int file = 0; file < files; file++) {
      books.get(file).save(keep.resolve("book-" + file));
    }
    say("figures writes: " + writes.text());
    say("figures fsyncs: " + syncs.text());
    say("figures reads compared: " + reads.text());
    say("figures bytes written: " + bytes.get());
    say("stopped");
    Runtime.getRuntime().halt(0);
  }

  /** Work with files. */
  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  private static Thread run(String name, Work work) {
    return Thread.ofPlatform()
        .daemon()
        .name(name)
        .start(() -> {
          try {
            work.run();
          } catch (IOException | RuntimeException e) {
            wrong(e);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private void ticks() {
    try {
      while (true) {
        Wait.pass(TICK_MILLIS);
        say("tick " + operations.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static FileChannel open(Path path) throws IOException {
    return FileChannel.open(
        path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private void small(Path path, Book book, Random random) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BLOCKS_PER_WRITE * Book.BLOCK);
    int number = 0;
    try (FileChannel channel = open(path)) {
      while (!stop) {
        int most = random.nextInt(4) == 0 ? BLOCKS_PER_WRITE : 4;
        int count = 1 + random.nextInt(most);
        int first = random.nextInt(book.blocks() - count);
        int what = random.nextInt(20);
        if (what < 11) {
          put(channel, book, buffer, first, count, ++number);
        } else if (what < 16) {
          compare(channel, book, buffer, first, count);
        } else {
          sync(channel);
        }
      }
      sync(channel);
    }
  }

  /** Fills all memory with dirty pages, makes them durable, reads them back, begins anew. */
  private void bulk(Path path, Book book, Random random) throws IOException, InterruptedException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BULK_BLOCKS * Book.BLOCK);
    int number = 0;
    while (!stop) {
      long began = System.nanoTime();
      try (FileChannel channel = open(path)) {
        channel.truncate(0);
        number++;
        for (int at = 0; at + BULK_BLOCKS <= book.blocks() && !stop; at += BULK_BLOCKS) {
          put(channel, book, buffer, at, BULK_BLOCKS, number);
        }
        if (!stop) {
          sync(channel);
        }
        for (int at = 0; at + BULK_BLOCKS <= book.blocks() && !stop; at += BULK_BLOCKS) {
          compare(channel, book, buffer, at, BULK_BLOCKS);
        }
      }
      // The disk is not ours alone: as long a pause as half of what it took.
      long pause = (System.nanoTime() - began) / 2_000_000;
      for (long waited = 0; waited < pause && !stop; waited += TICK_MILLIS) {
        Wait.pass(Math.min(TICK_MILLIS, pause - waited));
      }
      if (random.nextInt(4) == 0) {
        java.nio.file.Files.deleteIfExists(path);
      }
    }
    java.nio.file.Files.deleteIfExists(path);
  }

  private void put(FileChannel channel, Book book, ByteBuffer buffer, int first, int count, int n)
      throws IOException {
    buffer.clear();
    book.fill(buffer, first, count, n);
    buffer.flip();
    long at = (long) first * Book.BLOCK;
    long began = System.nanoTime();
    while (buffer.hasRemaining()) {
      at += channel.write(buffer, at);
    }
    ended("write", writes, began);
    book.wrote(first, count, n);
    bytes.addAndGet((long) count * Book.BLOCK);
  }

  private void sync(FileChannel channel) throws IOException {
    long began = System.nanoTime();
    channel.force(false);
    ended("fsync", syncs, began);
  }

  private void compare(FileChannel channel, Book book, ByteBuffer buffer, int first, int count)
      throws IOException {
    long began = System.nanoTime();
    read(channel, buffer, first, count);
    ended("read", reads, began);
    book.compare(buffer, first, count);
  }

  /** What is behind the end of the file reads as zeros, and is in no book. */
  private static void read(FileChannel channel, ByteBuffer buffer, int first, int count)
      throws IOException {
    buffer.clear().limit(count * Book.BLOCK);
    long at = (long) first * Book.BLOCK;
    while (buffer.hasRemaining()) {
      int got = channel.read(buffer, at);
      if (got < 0) {
        while (buffer.hasRemaining()) {
          buffer.put((byte) 0);
        }
      } else {
        at += got;
      }
    }
    buffer.flip();
  }

  private void ended(String what, Durations all, long began) {
    long nanos = System.nanoTime() - began;
    all.add(nanos);
    operations.incrementAndGet();
    if (nanos >= SLOW_NANOS) {
      say("slow " + began + " " + nanos + " " + what);
    }
  }

  // ---- checking

  private static void check(Path folder, Path books) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BLOCKS_PER_WRITE * Book.BLOCK);
    long checked = 0;
    try {
      for (int file = 0; java.nio.file.Files.exists(books.resolve("book-" + file)); file++) {
        Book book = Book.load(file, books.resolve("book-" + file));
        try (FileChannel channel =
            FileChannel.open(folder.resolve("file-" + file), StandardOpenOption.READ)) {
          for (int at = 0; at < book.blocks(); at += BLOCKS_PER_WRITE) {
            int count = Math.min(BLOCKS_PER_WRITE, book.blocks() - at);
            read(channel, buffer, at, count);
            book.compare(buffer, at, count);
          }
        }
        checked += book.written();
      }
    } catch (IOException e) {
      wrong(e);
    }
    say("checked " + checked + " blocks");
  }
}
