// SPDX-License-Identifier: Apache-2.0
package io.meikyo.bench;

import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The folder in which everything is made, and the only way in which processes, namespaces, mounts
 * and loop devices come into being: what it has made it takes away again, last things first. Used
 * by one thread; {@link #close} by any.
 */
final class Workshop implements AutoCloseable {
  private static final long STEP_MILLIS = 20;
  private static final long END_SECONDS = 10;

  /** Something to take away. */
  private interface Step {
    void run() throws BenchProblem, IOException, InterruptedException;
  }

  /** A question that may fail to be answered. */
  interface Question {
    /** True if it has happened. */
    boolean now() throws IOException;
  }

  private final Path folder;
  private final Consumer<Notice> says;
  private final Deque<Step> steps = new ArrayDeque<>();
  private boolean closed;

  /** A new folder; what killed runs have left beside it is taken away first. */
  Workshop(Path parent, Consumer<Notice> says)
      throws BenchProblem, IOException, InterruptedException {
    this.says = says;
    Leftovers.sweep(parent, says);
    this.folder = Leftovers.folder(parent);
    later(this::removeFiles);
  }

  Path folder() {
    return folder;
  }

  Path log(String name) {
    return folder.resolve(name + ".log");
  }

  void say(Notice notice) {
    says.accept(notice);
  }

  private synchronized void later(Step step) {
    if (closed) {
      throw new IllegalStateException("the bench is being ended");
    }
    steps.push(step);
  }

  // ---- programs

  /** Runs a program and returns what it printed; a status other than 0 is a problem. */
  static String run(List<String> command) throws BenchProblem, InterruptedException {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(Path.of("/dev/null").toFile())
              .start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int status = process.waitFor();
      if (status != 0) {
        throw new BenchProblem(
            BenchNotice.COMMAND_FAILED, String.join(" ", command), status, output.strip());
      }
      return output;
    } catch (IOException e) {
      throw new BenchProblem(
          BenchNotice.COMMAND_FAILED, command.getFirst(), "-", String.valueOf(e.getMessage()));
    }
  }

  static String run(String... command) throws BenchProblem, InterruptedException {
    return run(List.of(command));
  }

  /** A program that runs until the end. */
  record Server(String name, Process process) {}

  /**
   * Starts a server in a session of its own, so that no signal of our terminal reaches it, and
   * waits until it is ready.
   */
  Server serve(String name, List<String> command, long seconds, Question ready)
      throws BenchProblem, IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("setsid"));
    all.addAll(command);
    Process process =
        new ProcessBuilder(all)
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log(name).toFile()))
            .start();
    later(() -> end(process));
    Server server = new Server(name, process);
    until(server, name, seconds, ready);
    return server;
  }

  /**
   * Waits until the answer is yes. The server that is to bring it about is watched: its end is a
   * problem at once.
   */
  void until(Server server, String what, long seconds, Question question)
      throws BenchProblem, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!isTrue(question)) {
      if (server.process.waitFor(STEP_MILLIS, TimeUnit.MILLISECONDS)) {
        throw new BenchProblem(
            BenchNotice.COMMAND_FAILED,
            server.name,
            server.process.exitValue(),
            lastWords(server.name));
      }
      if (System.nanoTime() > deadline) {
        throw new BenchProblem(BenchNotice.NOT_IN_TIME, what, seconds, lastWords(server.name));
      }
    }
  }

  private static boolean isTrue(Question question) {
    try {
      return question.now();
    } catch (IOException e) {
      // Nobody answers yet.
      return false;
    }
  }

  private String lastWords(String name) {
    try {
      String all = Files.readString(log(name), StandardCharsets.UTF_8);
      return all.substring(Math.max(0, all.length() - 2000)).strip();
    } catch (IOException e) {
      return String.valueOf(e);
    }
  }

  private static void end(Process process) throws InterruptedException {
    process.destroy();
    if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor(END_SECONDS, TimeUnit.SECONDS);
    }
  }

  // ---- things of the kernel

  /** Makes a network namespace whose name begins as all of ours. */
  String namespace(String suffix) throws BenchProblem, InterruptedException {
    String name = folder.getFileName() + "-" + suffix;
    run("ip", "netns", "add", name);
    later(() -> run("ip", "netns", "del", name));
    in(name, "ip", "link", "set", "lo", "up");
    return name;
  }

  void in(String namespace, String... command) throws BenchProblem, InterruptedException {
    List<String> all = enter(namespace);
    all.addAll(List.of(command));
    run(all);
  }

  /** The words before a command that is to run in a namespace. */
  static List<String> enter(String namespace) {
    return new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + namespace));
  }

  /** Mounts a file system in memory. */
  Path memory(String name, long bytes) throws BenchProblem, IOException, InterruptedException {
    Path at = Files.createDirectory(folder.resolve(name));
    run("mount", "-t", "tmpfs", "-o", "size=" + bytes, "meikyo-bench", at.toString());
    later(() -> run("umount", at.toString()));
    return at;
  }

  /** Puts a loop device with direct I/O on a file. */
  String loop(Path file) throws BenchProblem, InterruptedException {
    String device = run("losetup", "--direct-io=on", "--find", "--show", file.toString()).strip();
    later(() -> run("losetup", "--detach", device));
    return device;
  }

  /** A file of zeros without a hole. */
  static Path written(Path file, long bytes) throws IOException {
    byte[] part = new byte[1 << 20];
    try (var out = Files.newOutputStream(file)) {
      for (long left = bytes; left > 0; left -= part.length) {
        out.write(part, 0, (int) Math.min(left, part.length));
      }
    }
    return file;
  }

  // ---- the end

  private void removeFiles() throws IOException {
    Leftovers.removeFronts(folder);
    Leftovers.removeFiles(folder);
  }

  /** Takes everything away; what cannot be is told, and the rest goes on. */
  @Override
  public void close() {
    List<Step> all;
    synchronized (this) {
      closed = true;
      all = new ArrayList<>(steps);
      steps.clear();
    }
    for (Step step : all) {
      try {
        step.run();
      } catch (BenchProblem e) {
        say(e.notice());
      } catch (IOException e) {
        say(Notice.of(BenchNotice.LEFT_BEHIND, String.valueOf(e.getMessage())));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
