// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.real;

import static org.assertj.core.api.Assumptions.assumeThat;

import io.meikyo.linux.Mounts;
import io.meikyo.linux.Processes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * A network and a view of mounts of its own, and the thread that lives there. Mounts, links and
 * addresses that are made there end with it; the machine never sees them.
 */
public final class Space implements AutoCloseable {
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("space").factory());
  private final Path proc;

  /** Makes one, or skips the test where that cannot be. */
  public Space() throws Exception {
    assumeThat(System.getProperty("user.name")).as("namespaces need root").isEqualTo("root");
    assumeThat(Files.isExecutable(Path.of("/usr/sbin/ip")) || Files.exists(Path.of("/sbin/ip")))
        .as("iproute2 is installed")
        .isTrue();
    proc =
        call(() -> {
          Processes.separate();
          Mounts.mount("none", Path.of("/"), "none", Mounts.MS_REC | Mounts.MS_PRIVATE, "");
          return Path.of("/proc").resolve(Files.readSymbolicLink(Path.of("/proc/thread-self")));
        });
    run("ip", "link", "set", "lo", "up");
  }

  /** Does it there. */
  public <T> T call(Callable<T> work) throws Exception {
    try {
      return thread.submit(work).get(60, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw (Error) e.getCause();
    }
  }

  /** What ip calls a process; a thread's number does as well. */
  public String number() {
    return String.valueOf(proc.getFileName());
  }

  /** Runs a program there that must succeed. */
  public String run(String... command) throws Exception {
    return call(() -> {
      Process process = begin(command);
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", command) + ": " + said);
      }
      return said;
    });
  }

  /** Starts a program there. */
  public Process start(String... command) throws Exception {
    return call(() -> begin(command));
  }

  private static Process begin(String... command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().merge("PATH", "/usr/sbin:/sbin", (a, b) -> a + ":" + b);
    return builder.start();
  }

  /** A cable between two spaces: NAME here, OTHER there, both up. */
  public void connect(String name, Space there, String other) throws Exception {
    run("ip", "link", "add", name, "type", "veth", "peer", "name", other, "netns", there.number());
    run("ip", "link", "set", name, "up");
    there.run("ip", "link", "set", other, "up");
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
