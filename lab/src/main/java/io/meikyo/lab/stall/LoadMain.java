// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.stall;

import io.meikyo.lab.Wait;
import io.meikyo.linux.Descriptors;
import io.meikyo.linux.FileIo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An application that writes to one file, over and over, and tells of each write that took long.
 *
 * <pre>
 *  buffered FILE BYTES RATE     64 KiB after 64 KiB through the page cache, RATE bytes per second
 *  random FILE BYTES THREADS    4 KiB at random places past the page cache, as fast as it goes
 *  paced FILE BYTES PAUSE       4 KiB at random places past the page cache, PAUSE ms between two
 *    says   ready               the file is there, whole
 *           tick AT BYTES       written so far, ten times a second; AT on the monotonic clock, ns
 *           slow AT NANOS       a write took more than 5 ms; AT is when it began
 *           wrong TEXT          an error; then it ends with status 1
 * </pre>
 *
 * It speaks on standard error and ends when its standard input does.
 */
public final class LoadMain {
  private static final int BUFFERED_BYTES = 64 * 1024;
  private static final int RANDOM_BYTES = 4096;
  private static final int MAKE_BYTES = 1 << 20;
  private static final long SLOW_NANOS = 5_000_000;
  private static final long TICK_MILLIS = 100;

  private final AtomicLong bytes = new AtomicLong();

  private LoadMain() {}

  /** See the class. */
  public static void main(String... a) throws IOException, InterruptedException {
    if (a.length != 4) {
      say(
          "wrong usage: buffered FILE BYTES RATE | random FILE BYTES THREADS | paced FILE BYTES PAUSE");
      System.exit(2);
    }
    Path file = Path.of(a[1]);
    long size = Long.parseLong(a[2]);
    long how = Long.parseLong(a[3]);
    make(file, size);
    LoadMain load = new LoadMain();
    if (a[0].equals("buffered")) {
      load.run(() -> load.buffered(file, size, how));
    } else if (a[0].equals("paced")) {
      load.run(() -> load.random(file, size, new Random(0), how));
    } else {
      for (int i = 0; i < how; i++) {
        Random random = new Random(i);
        load.run(() -> load.random(file, size, random, 0));
      }
    }
    say("ready");
    Thread.ofPlatform().daemon().name("ticks").start(load::ticks);
    while (System.in.read() >= 0) {
      // until nobody listens any more
    }
    Runtime.getRuntime().halt(0);
  }

  private static synchronized void say(String line) {
    System.err.println(line);
  }

  private static void make(Path file, long size) throws IOException {
    ByteBuffer some = ByteBuffer.allocateDirect(MAKE_BYTES);
    fill(some, new Random(7));
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (long at = 0; at < size; at += MAKE_BYTES) {
        some.clear();
        while (some.hasRemaining()) {
          channel.write(some, at + some.position());
        }
      }
      channel.force(true);
    }
  }

  private static void fill(ByteBuffer buffer, Random random) {
    for (int i = 0; i < buffer.capacity(); i += Long.BYTES) {
      buffer.putLong(i, random.nextLong());
    }
  }

  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  private void run(Work work) {
    Thread.ofPlatform()
        .daemon()
        .name("writer")
        .start(() -> {
          try {
            work.run();
          } catch (IOException | RuntimeException e) {
            say("wrong " + e);
            Runtime.getRuntime().halt(1);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private void ticks() {
    try {
      while (true) {
        say("tick " + System.nanoTime() + " " + bytes.get());
        Wait.pass(TICK_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void buffered(Path file, long size, long rate) throws IOException, InterruptedException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFERED_BYTES);
    fill(buffer, new Random(1));
    long began = System.nanoTime();
    long paced = 0;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      for (long at = 0; ; at = (at + BUFFERED_BYTES) % (size - BUFFERED_BYTES)) {
        put(channel, buffer, at);
        paced += BUFFERED_BYTES;
        long early = began + paced * 1_000_000_000L / rate - System.nanoTime();
        if (early > 1_000_000) {
          Wait.pass(early / 1_000_000);
        } else if (early < -1_000_000_000L) {
          // What was missed is not made up for: an application would not either.
          began = System.nanoTime();
          paced = 0;
        }
      }
    }
  }

  private void random(Path file, long size, Random random, long pauseMillis)
      throws IOException, InterruptedException {
    MemorySegment bytes = Arena.global().allocate(RANDOM_BYTES, RANDOM_BYTES);
    fill(bytes.asByteBuffer(), random);
    int fd = Descriptors.open(file, Descriptors.O_WRONLY | Descriptors.O_DIRECT);
    while (true) {
      long at = random.nextLong(size / RANDOM_BYTES) * RANDOM_BYTES;
      long began = System.nanoTime();
      long done = FileIo.write(fd, bytes, at);
      if (done != RANDOM_BYTES) {
        throw new IOException("a write of " + RANDOM_BYTES + " bytes at " + at + ": " + done);
      }
      took(began, RANDOM_BYTES);
      if (pauseMillis > 0) {
        Wait.pass(pauseMillis);
      }
    }
  }

  private void put(FileChannel channel, ByteBuffer buffer, long at) throws IOException {
    buffer.position(0);
    int length = buffer.limit();
    long began = System.nanoTime();
    while (buffer.hasRemaining()) {
      channel.write(buffer, at + buffer.position());
    }
    took(began, length);
  }

  private void took(long began, int length) {
    long nanos = System.nanoTime() - began;
    bytes.addAndGet(length);
    if (nanos > SLOW_NANOS) {
      say("slow " + began + " " + nanos);
    }
  }
}
