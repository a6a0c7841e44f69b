// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** A network and a view of mounts of its own, and the thread that lives there. */
final class Space implements AutoCloseable {
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());

  /** The thread's folder in /proc, such as /proc/12/task/34: its namespaces are below it. */
  private final Path proc;

  Space() throws Exception {
    proc =
        call(() -> {
          Processes.separate();
          Mounts.mount("none", Path.of("/"), "none", Mounts.MS_REC | Mounts.MS_PRIVATE, "");
          return Path.of("/proc").resolve(Files.readSymbolicLink(Path.of("/proc/thread-self")));
        });
    run("ip", "link", "set", "lo", "up");
  }

  <T> T call(Callable<T> work) throws Exception {
    return thread.submit(work).get(30, TimeUnit.SECONDS);
  }

  /** What ip calls a process; a thread's number does as well. */
  String number() {
    return String.valueOf(proc.getFileName());
  }

  /** Runs a program there that must succeed. */
  String run(String... command) throws Exception {
    return call(() -> {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes());
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", command) + ": " + said);
      }
      return said;
    });
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
