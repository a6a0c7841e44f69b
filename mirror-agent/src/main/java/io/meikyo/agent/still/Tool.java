// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.still;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A program of the system at work, in a process of its own: what it asks of the kernel may hang
 * there, and this process must not hang with it.
 */
final class Tool implements AutoCloseable {
  /** How long a killed child may take to be gone, ns. */
  private static final long KILLED_NANOS = 500_000_000L;

  /** Reads a line; at the end of the input instead there is nothing to do. */
  static final String WAITING = "read -r word && [ \"$word\" = go ] && exec \"$@\" </dev/null";

  private static final byte[] GO = "go\n".getBytes(StandardCharsets.US_ASCII);

  private static final int SAID_BYTES_MAX = 4096;

  private static final List<String> FOLDERS =
      List.of("/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin");

  private final Process process;
  private final CompletableFuture<Process> exit;

  private Tool(Process process) {
    this.process = process;
    this.exit = process.onExit();
  }

  /** Where a program is; null if it is not installed. */
  static @Nullable Path find(String name) {
    for (String folder : FOLDERS) {
      Path path = Path.of(folder, name);
      if (Files.isExecutable(path)) {
        return path;
      }
    }
    return null;
  }

  /**
   * Starts it, away from any mount, speaking English.
   *
   * @throws IOException no such program, or no room for a process
   */
  static Tool begin(List<String> words) throws IOException {
    ProcessBuilder builder = builder(words);
    builder.redirectInput(Path.of("/dev/null").toFile());
    return new Tool(builder.start());
  }

  /**
   * Starts a process that becomes the program at {@link #go}. It ends without doing anything if
   * this process does before, or closes it.
   *
   * @throws IOException no room for a process
   */
  static Tool ready(List<String> words) throws IOException {
    List<String> all = new ArrayList<>(List.of("/bin/sh", "-c", WAITING, "sh"));
    all.addAll(words);
    return new Tool(builder(all).start());
  }

  private static ProcessBuilder builder(List<String> words) {
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().put("LC_ALL", "C");
    builder.directory(Path.of("/").toFile());
    builder.redirectErrorStream(true);
    return builder;
  }

  /**
   * The word to a process that was made ready; false if it has ended before. One that has heard it
   * may be over by now.
   */
  boolean go() {
    try (OutputStream in = process.getOutputStream()) {
      in.write(GO);
      in.flush();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Gives up a process that has not got the word. */
  @Override
  public void close() {
    process.destroyForcibly();
  }

  /**
   * The end.
   *
   * @param status exit status; -1 if it was killed
   * @param said the last line that it said; or how it ended
   * @param gone done when it is gone
   */
  record End(int status, String said, CompletableFuture<?> gone) {}

  /**
   * Waits for it, and kills it when the time is over.
   *
   * @param nanos how long; none if not positive
   * @param stop kills it when it is done
   */
  End end(long nanos, CompletableFuture<?> stop) {
    if (endsWithin(CompletableFuture.anyOf(exit, stop), nanos) && exit.isDone()) {
      return new End(process.exitValue(), said(), exit);
    }
    process.destroyForcibly();
    boolean gone = endsWithin(exit, KILLED_NANOS);
    return new End(-1, gone ? "killed" : "hangs in the kernel", exit);
  }

  /** What is in the pipe of a program that has ended; these say a line at most. */
  private String said() {
    try {
      byte[] bytes = process.getInputStream().readNBytes(SAID_BYTES_MAX);
      String text = new String(bytes, StandardCharsets.UTF_8).strip();
      String last = text.substring(text.lastIndexOf('\n') + 1).strip();
      return last.isEmpty() ? "exit status " + process.exitValue() : last;
    } catch (IOException e) {
      return "exit status " + process.exitValue() + " (" + e.getMessage() + ")";
    }
  }

  private static boolean endsWithin(CompletableFuture<?> event, long nanos) {
    long deadline = System.nanoTime() + Math.max(0, nanos);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          var _ = event.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
          return true;
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (TimeoutException e) {
          return false;
        } catch (ExecutionException e) {
          return true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
