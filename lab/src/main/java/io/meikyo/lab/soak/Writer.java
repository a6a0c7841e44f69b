// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.soak;

import io.meikyo.lab.Wait;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A {@link WriterMain} at work, as seen by who started it. */
final class Writer implements AutoCloseable {
  private static final long LOOK_MILLIS = 100;

  /**
   * An operation that took long.
   *
   * @param began on the monotonic clock, as {@link System#nanoTime} tells it
   */
  record Slow(long began, long nanos, String what) {
    /** True if the middle of it lies between these moments. */
    boolean within(long from, long to) {
      long middle = began + nanos / 2;
      return middle >= from && middle < to;
    }
  }

  private final Process process;
  private final ConcurrentLinkedQueue<Slow> slow = new ConcurrentLinkedQueue<>();
  private final List<String> figures = new ArrayList<>();
  private volatile long operations;
  private volatile @Nullable String wrong;
  private volatile String lastWords = "";

  Writer(List<String> command) throws IOException {
    process = new ProcessBuilder(command).redirectErrorStream(true).start();
    Thread.ofPlatform().daemon().name("writer").start(this::listen);
  }

  private void listen() {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        take(line, line.split(" ", 4));
      }
    } catch (IOException e) {
      wrong = "its words cannot be read: " + e.getMessage();
    }
  }

  private void take(String line, String[] words) {
    switch (words[0]) {
      case "tick" -> operations = Long.parseLong(words[1]);
      case "slow" ->
          slow.add(new Slow(Long.parseLong(words[1]), Long.parseLong(words[2]), words[3]));
      case "wrong" -> wrong = line;
      case "figures" -> {
        synchronized (figures) {
          figures.add(line.substring("figures ".length()));
        }
      }
      default -> lastWords = line;
    }
  }

  /** Operations that have ended. */
  long operations() {
    return operations;
  }

  /** What it measured, when it has ended. */
  List<String> figures() {
    synchronized (figures) {
      return List.copyOf(figures);
    }
  }

  /** Operations that took long, all of them so far. */
  List<Slow> slow() {
    return List.copyOf(slow);
  }

  /** Fails if it saw an error, or has ended by itself. */
  void check() throws SoakFailed, InterruptedException {
    String w = wrong;
    if (w == null && !process.isAlive()) {
      Wait.pass(LOOK_MILLIS); // for its last words
      w = wrong == null ? "it ended with status " + process.exitValue() + ": " + lastWords : wrong;
    }
    if (w != null) {
      throw new SoakFailed("the writer: " + w);
    }
  }

  /** Waits until it has done so many operations more, or fails. */
  void more(long count, long seconds) throws SoakFailed, InterruptedException {
    long from = operations;
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (operations < from + count) {
      check();
      if (System.nanoTime() > deadline) {
        throw new SoakFailed("writes do not go on: none for " + seconds + " s");
      }
      Wait.pass(LOOK_MILLIS);
    }
  }

  /** Lets it write for some time. */
  void goOn(long millis) throws SoakFailed, InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (System.nanoTime() < end) {
      check();
      Wait.pass(LOOK_MILLIS);
    }
  }

  /** Ends it; its books are in the folder then. */
  void stop(Path books, long seconds) throws SoakFailed, IOException, InterruptedException {
    var out = process.outputWriter(StandardCharsets.UTF_8);
    out.write("stop " + books + "\n");
    out.flush();
    boolean ended = process.waitFor(seconds, TimeUnit.SECONDS);
    if (!ended) {
      throw new SoakFailed("the writer does not end within " + seconds + " s");
    }
    Wait.pass(LOOK_MILLIS);
    if (process.exitValue() != 0 || !lastWords.equals("stopped")) {
      check();
    }
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
