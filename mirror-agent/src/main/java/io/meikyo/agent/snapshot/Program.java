// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A program at work in a process of its own, for a limited time. Any thread. */
final class Program {
  private static final int SAID_BYTES_MAX = 1 << 20;
  private static final int CHUNK = 8192;

  /** How long what a program has said may take to arrive when it has ended, ns. */
  private static final long LAST_WORDS_NANOS = 500_000_000L;

  private Program() {}

  /**
   * How one ended.
   *
   * @param status exit status; -1: it was killed, since its time was over; -2: it could not be
   *     started
   * @param out what it printed
   * @param why what went wrong, in words: the last line on standard error, if there is one
   * @param gone done when it has ended for good; done already, but for one that hangs in the kernel
   */
  record End(int status, String out, String why, CompletableFuture<?> gone) {
    boolean ok() {
      return status == 0;
    }
  }

  /**
   * Runs one, away from any mount, speaking English, and waits.
   *
   * @param environment beside the agent's own
   * @param nanos it is killed after so long, with all that it has started
   */
  static End run(List<String> words, Map<String, String> environment, long nanos) {
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().putAll(environment);
    builder.environment().put("LC_ALL", "C");
    builder.directory(Path.of("/").toFile());
    builder.redirectInput(Path.of("/dev/null").toFile());
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      String why = words.getFirst() + ": " + e.getMessage();
      return new End(-2, "", why, CompletableFuture.completedFuture(null));
    }
    CompletableFuture<String> out = read(process.getInputStream());
    CompletableFuture<String> err = read(process.getErrorStream());
    CompletableFuture<Process> exit = process.onExit();
    boolean ended = endsWithin(exit, nanos);
    if (!ended) {
      List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
      all.add(process.toHandle());
      all.forEach(ProcessHandle::destroyForcibly);
      String why =
          words.getFirst() + " did not end within " + TimeUnit.NANOSECONDS.toMillis(nanos) + " ms";
      boolean _ = endsWithin(exit, LAST_WORDS_NANOS);
      return new End(-1, "", why, exit);
    }
    String said = lastWords(out);
    String wrong = lastWords(err).strip();
    String last = wrong.substring(wrong.lastIndexOf('\n') + 1).strip();
    int status = process.exitValue();
    String why = words.getFirst() + ": exit status " + status + (last.isEmpty() ? "" : ": " + last);
    return new End(status, said, why, exit);
  }

  /** Runs a task that may block, on a thread of its own. */
  static void beside(Runnable task) {
    Thread.ofVirtual().start(task);
  }

  /** All that comes, of which so much counts: a program must not hang on a full pipe. */
  private static CompletableFuture<String> read(InputStream from) {
    CompletableFuture<String> all = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          StringBuilder text = new StringBuilder();
          byte[] part = new byte[CHUNK];
          try (from) {
            for (int n = from.read(part); n >= 0; n = from.read(part)) {
              if (text.length() < SAID_BYTES_MAX) {
                text.append(new String(part, 0, n, StandardCharsets.UTF_8));
              }
            }
          } catch (IOException e) {
            text.append(e.getMessage()); // it was killed, or has closed its end
          }
          all.complete(text.toString());
        });
    return all;
  }

  private static String lastWords(CompletableFuture<String> from) {
    return endsWithin(from, LAST_WORDS_NANOS) ? from.join() : "";
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
