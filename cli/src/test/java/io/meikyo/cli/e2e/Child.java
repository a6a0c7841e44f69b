// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One {@code meikyo …} in a process of its own, whose words go to a file. */
final class Child {
  private static final int SECONDS = 30;

  final Path log;
  private final Process process;
  private boolean stopped;

  Child(Path log, Map<String, String> environment, String... words) throws IOException {
    this(log, environment, command(words));
  }

  /** Any other program. */
  Child(Path log, Map<String, String> environment, List<String> command) throws IOException {
    this.log = log;
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C");
    builder.environment().putAll(environment);
    builder.redirectInput(Path.of("/dev/null").toFile());
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    process = builder.start();
  }

  /** The words that start a {@code meikyo …}. */
  static List<String> command(String... words) {
    List<String> command = new ArrayList<>();
    if (Boolean.getBoolean("meikyo.launcher")) {
      // The product as it is installed, for figures: ./meikyo must have been built.
      command.add(Path.of(System.getProperty("meikyo.root"), "meikyo").toString());
    } else {
      command.addAll(
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-XX:+UseSerialGC",
              "-XX:TieredStopAtLevel=1",
              "-Xmx96m",
              "-Dstderr.encoding=UTF-8",
              "-Dstdout.encoding=UTF-8",
              "--enable-native-access=ALL-UNNAMED",
              "-cp",
              System.getProperty("java.class.path"),
              "io.meikyo.cli.Main"));
    }
    command.addAll(List.of(words));
    return command;
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** kill -9, and waits until it is gone. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    exit();
  }

  /** kill -9 without waiting, so that two can die at once. */
  void killNow() {
    process.destroyForcibly();
  }

  /** SIGTERM, and waits for the end; returns the exit status. */
  int terminate() throws InterruptedException {
    process.destroy();
    return exit();
  }

  /** SIGTERM. */
  void terminateNow() {
    process.destroy();
  }

  /** Waits for the end; returns the exit status. */
  int exit() throws InterruptedException {
    if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("does not end: " + words());
    }
    return process.exitValue();
  }

  /** SIGSTOP. */
  void pause() throws IOException, InterruptedException {
    stopped = true;
    signal("-STOP");
  }

  /** SIGCONT. */
  void resume() throws IOException, InterruptedException {
    stopped = false;
    signal("-CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", name, String.valueOf(process.pid())).start().waitFor();
  }

  /** What it said. */
  String words() {
    try {
      return Files.exists(log) ? Files.readString(log) : "";
    } catch (IOException e) {
      return String.valueOf(e);
    }
  }

  void close() throws IOException, InterruptedException {
    if (stopped) {
      resume();
    }
    kill();
  }
}
