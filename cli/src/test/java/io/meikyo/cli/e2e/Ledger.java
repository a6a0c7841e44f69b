// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writers that keep book of what was acknowledged, block by block, by sequence numbers. Each block
 * has one writer, which waits for each answer; so what stands in a block is at least what was
 * acknowledged or read last, and at most what was tried last. Anything else is a lost write, a
 * phantom, or a read that went back.
 */
final class Ledger {
  static final int BLOCK = 4096;
  private static final int SECTOR = 512;
  private static final int BLOCKS_PER_WRITER = 1500;
  private static final int BLOCKS_PER_WRITE = 16;
  private static final int ANSWER_SECONDS = 60;
  private static final long MARK = 0x6d65696b796f2121L;

  private final List<Writer> writers = new ArrayList<>();
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private volatile int port;
  private volatile boolean stop;

  Ledger(int writerCount, int port, long seed) {
    this.port = port;
    for (int i = 0; i < writerCount; i++) {
      writers.add(new Writer(i, seed));
    }
  }

  /** Begins to write. */
  void start() {
    stop = false;
    writers.forEach(Writer::start);
  }

  /** From now on the disk is there. */
  void moveTo(int newPort) {
    port = newPort;
  }

  /** Writes acknowledged so far. */
  long acknowledged() {
    return acknowledged.get();
  }

  /** Requests answered with an error so far. */
  long refused() {
    return refused.get();
  }

  /** Waits until so many more writes are acknowledged. */
  void more(int writes, int seconds, String when) throws Exception {
    long from = acknowledged();
    Await.that(
        seconds,
        writes + " more writes are acknowledged " + when,
        () -> acknowledged() - from + " were",
        () -> {
          raise();
          return acknowledged() - from >= writes;
        });
  }

  /** Ends the writers. They give up what is unanswered: it is tried, not acknowledged. */
  void finish() throws InterruptedException {
    stop = true;
    for (Writer w : writers) {
      w.end();
    }
    raise();
  }

  private void raise() {
    for (Writer w : writers) {
      Throwable t = w.wrong;
      if (t != null) {
        throw new AssertionError("writer " + w.number, t);
      }
    }
  }

  /** The longest time between two answers that a writer got, ms; begins anew. */
  long longestStallMillis() {
    long longest = 0;
    for (Writer w : writers) {
      longest = Math.max(longest, w.longest);
      w.longest = 0;
    }
    return TimeUnit.NANOSECONDS.toMillis(longest);
  }

  /** Reads every block and compares it with the book. */
  void check(int diskPort) throws IOException {
    try (Nbd nbd = new Nbd(diskPort, ANSWER_SECONDS)) {
      check((offset, length) -> nbd.read(offset, length));
    }
  }

  /** A client that asks for one write of its own block, and counts what is acknowledged. */
  static final class Stray implements AutoCloseable {
    private static final long OFFSET = 60L << 20;
    private final AtomicLong count = new AtomicLong();
    private final Thread thread;
    private volatile Nbd connection;

    Stray(int port) {
      thread = Thread.ofPlatform().daemon().name("stray").start(() -> run(port));
    }

    private void run(int port) {
      try (Nbd nbd = new Nbd(port, ANSWER_SECONDS)) {
        connection = nbd;
        nbd.write(OFFSET, new byte[BLOCK], false);
        count.incrementAndGet();
      } catch (IOException e) {
        // As it should be.
      }
    }

    /** Acknowledged writes, when it has ended. */
    long acknowledged() throws Exception {
      thread.join(TimeUnit.SECONDS.toMillis(ANSWER_SECONDS));
      return count.get();
    }

    @Override
    public void close() throws IOException {
      Nbd open = connection;
      if (open != null) {
        open.close();
      }
    }
  }

  /** Where blocks are read. */
  @FunctionalInterface
  interface Source {
    byte[] read(long offset, int length) throws IOException;
  }

  void check(Source source) throws IOException {
    for (Writer w : writers) {
      for (int i = 0; i < BLOCKS_PER_WRITER; i += BLOCKS_PER_WRITE) {
        int count = Math.min(BLOCKS_PER_WRITE, BLOCKS_PER_WRITER - i);
        w.compare(i, source.read(w.offset(i), count * BLOCK));
      }
    }
  }

  void close() throws InterruptedException {
    stop = true;
    for (Writer w : writers) {
      w.end();
    }
  }

  private final class Writer {
    final int number;
    final Random random;
    final long[] known = new long[BLOCKS_PER_WRITER];
    final long[] tried = new long[BLOCKS_PER_WRITER];
    volatile Throwable wrong;
    volatile long longest;
    volatile Nbd connection;
    private Thread thread;
    private long sequence;
    private long lastAnswer;

    Writer(int number, long seed) {
      this.number = number;
      this.random = new Random(seed + number);
    }

    void start() {
      lastAnswer = System.nanoTime();
      thread = Thread.ofPlatform().daemon().name("writer-" + number).start(this::run);
    }

    void end() throws InterruptedException {
      Thread running = thread;
      if (running == null) {
        return;
      }
      // What is under way may be answered; whoever gets no answer is cut off.
      running.join(1000);
      Nbd open = connection;
      if (open != null && running.isAlive()) {
        try {
          open.close();
        } catch (IOException e) {
          // It is gone, then.
        }
      }
      running.join(20_000);
      if (running.isAlive()) {
        throw new AssertionError("writer " + number + " does not end");
      }
      thread = null;
    }

    long offset(int block) {
      return ((long) number * BLOCKS_PER_WRITER + block) * BLOCK;
    }

    private void run() {
      try {
        while (!stop) {
          try (Nbd nbd = new Nbd(port, ANSWER_SECONDS)) {
            connection = nbd;
            while (!stop) {
              one(nbd);
            }
          } catch (Nbd.Refused e) {
            refused.incrementAndGet();
            Await.pause(50);
          } catch (IOException e) {
            Await.pause(50);
          } finally {
            connection = null;
          }
        }
      } catch (Throwable t) {
        wrong = t;
      }
    }

    private void one(Nbd nbd) throws IOException {
      int count = random.nextInt(3) == 0 ? 1 + random.nextInt(BLOCKS_PER_WRITE) : 1;
      int first = random.nextInt(BLOCKS_PER_WRITER - count + 1);
      int what = random.nextInt(20);
      if (what < 6) {
        compare(first, nbd.read(offset(first), count * BLOCK));
      } else if (what == 6) {
        nbd.flush();
      } else {
        byte[] bytes = new byte[count * BLOCK];
        long s = ++sequence;
        for (int i = 0; i < count; i++) {
          tried[first + i] = s;
          fill(bytes, i, first + i, s);
        }
        nbd.write(offset(first), bytes, what == 7);
        for (int i = 0; i < count; i++) {
          known[first + i] = s;
        }
        acknowledged.incrementAndGet();
      }
      long now = System.nanoTime();
      longest = Math.max(longest, now - lastAnswer);
      lastAnswer = now;
    }

    private void fill(byte[] bytes, int index, int block, long s) {
      ByteBuffer out = ByteBuffer.wrap(bytes, index * BLOCK, BLOCK);
      for (int sector = 0; sector < BLOCK / SECTOR; sector++) {
        out.putLong(MARK).putLong(number).putLong(block).putLong(s);
        for (int k = 32; k < SECTOR; k += 8) {
          out.putLong(s * 0x9e3779b97f4a7c15L + block * 31L + k + sector);
        }
      }
    }

    /** Each sector as it was tried, none older than what is known; then that is known. */
    void compare(int first, byte[] bytes) {
      byte[] expected = new byte[BLOCK];
      for (int i = 0; i < bytes.length / BLOCK; i++) {
        int block = first + i;
        long least = Long.MAX_VALUE;
        for (int at = 0; at < BLOCK; at += SECTOR) {
          int from = i * BLOCK + at;
          long s = ByteBuffer.wrap(bytes).getLong(from + 24);
          String where = "writer " + number + ", block " + block + ", byte " + (offset(block) + at);
          if (s < known[block]) {
            throw new AssertionError(
                "LOST: " + where + " has write " + s + ", acknowledged was " + known[block]);
          }
          if (s > tried[block]) {
            throw new AssertionError(
                "PHANTOM: " + where + " has write " + s + ", tried was " + tried[block]);
          }
          if (s != 0) {
            fill(expected, 0, block, s);
            for (int k = 0; k < SECTOR; k++) {
              if (expected[at + k] != bytes[from + k]) {
                throw new AssertionError("DAMAGED: " + where + " at " + k);
              }
            }
          }
          least = Math.min(least, s);
        }
        known[block] = least;
      }
    }
  }
}
