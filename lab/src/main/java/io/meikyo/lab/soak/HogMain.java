// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.soak;

import io.meikyo.lab.Wait;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Random;

/**
 * A program that takes memory: up to a number of bytes, and then gives a little back and takes it
 * again, so that whoever else wants some never finds any free. The kernel kills it before anybody
 * else. It ends when its standard input does, so it never outlives who started it.
 *
 * <p>Arguments: bytes, bytes that come and go. Writes "holds N bytes" to standard error when it has
 * them all for the first time.
 */
public final class HogMain {
  private static final long PIECE = 1 << 20;
  private static final int PAGE = 4096;
  private static final int PAUSE_MILLIS = 1000;

  private final ArrayDeque<Piece> pieces = new ArrayDeque<>();

  /** Memory that is really there. */
  private static final class Piece implements AutoCloseable {
    private final Arena arena = Arena.ofShared();

    Piece(Random random) {
      MemorySegment bytes = arena.allocate(PIECE, PAGE);
      for (long at = 0; at < PIECE; at += PAGE) {
        bytes.set(ValueLayout.JAVA_LONG, at, random.nextLong());
      }
    }

    @Override
    public void close() {
      arena.close();
    }
  }

  private HogMain() {}

  /** Takes memory until standard input ends. */
  public static void main(String... arguments) throws IOException {
    long bytes = Long.parseLong(arguments[0]);
    long moving = Long.parseLong(arguments[1]);
    Files.writeString(Path.of("/proc/self/oom_score_adj"), "1000", StandardCharsets.US_ASCII);
    HogMain hog = new HogMain();
    Thread taker = Thread.ofPlatform().daemon().name("taker").start(() -> hog.take(bytes, moving));
    while (System.in.read() >= 0) {
      // Until it ends.
    }
    taker.interrupt();
  }

  private void take(long bytes, long moving) {
    Random random = new Random(bytes);
    boolean told = false;
    while (!Thread.currentThread().isInterrupted()) {
      while (pieces.size() * PIECE < bytes) {
        pieces.add(new Piece(random));
      }
      if (!told) {
        told = true;
        System.err.println("holds " + bytes + " bytes");
      }
      try {
        Wait.pass(random.nextInt(PAUSE_MILLIS));
        long back = random.nextLong(moving + 1) / PIECE;
        for (long i = 0; i < back; i++) {
          pieces.remove().close();
        }
        Wait.pass(random.nextInt(PAUSE_MILLIS));
      } catch (InterruptedException e) {
        return;
      }
    }
  }
}
