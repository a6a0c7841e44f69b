// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.loop.Loops;
import io.meikyo.linux.LoopDevices;
import io.meikyo.linux.Mounts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The machine that a test changes: runs commands, starts processes and loops, and afterwards puts
 * everything back and fails the test if a mount, a loop device or a process of it was left.
 *
 * <pre>
 *  {@literal @RegisterExtension} final Machine machine = new Machine();
 * </pre>
 *
 * Use a folder from {@link #folder}: what is found below it, in mounts, loop devices and command
 * lines, belongs to the test.
 */
public final class Machine implements BeforeEachCallback, AfterEachCallback {
  /** Something to undo; may fail. */
  public interface Undo {
    /** Undoes it. */
    void run() throws Exception;
  }

  private static final long PATIENCE_SECONDS = 30;

  private final ArrayDeque<Undo> undo = new ArrayDeque<>();
  private Path folder = Path.of("/nonexistent");

  /** Others have a mount of ours in their namespaces: what stands under it cannot go. */
  private boolean heldElsewhere;

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    assumeThat(System.getProperty("user.name")).as("mounts need root").isEqualTo("root");
    assumeThat(Path.of("/dev/fuse")).as("the kernel has FUSE").exists();
    assumeThat(Path.of("/dev/loop-control")).as("the kernel has loop devices").exists();
    folder = Files.createTempDirectory("meikyo-test-").toRealPath();
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    List<String> problems = new ArrayList<>();
    while (!undo.isEmpty()) {
      try {
        undo.pop().run();
      } catch (Exception | AssertionError e) {
        problems.add("undoing: " + e);
      }
    }
    for (int i = 0; i < 40 && !leaks().isEmpty(); i++) {
      LockSupport.parkNanos(50_000_000);
    }
    problems.addAll(leaks());
    sweep();
    if (context.getExecutionException().isPresent() || !problems.isEmpty()) {
      tellWhatProcessesSaid();
    }
    run("rm", "-rf", "--one-file-system", folder.toString());
    if (!heldElsewhere) {
      assertThat(problems).as("left behind").isEmpty();
    }
  }

  private void tellWhatProcessesSaid() throws IOException {
    try (var files = Files.newDirectoryStream(folder, "out-*")) {
      for (Path file : files) {
        System.err.println("--- " + file + "\n" + Files.readString(file));
      }
    }
  }

  private List<String> leaks() throws IOException {
    TreeSet<String> found = new TreeSet<>();
    String below = folder + "/";
    Mounts.all().stream()
        .filter(m -> (m.at() + "/").startsWith(below))
        .forEach(m -> found.add("mount " + m.at()));
    LoopDevices.all().stream()
        .filter(loop -> loop.backing().startsWith(below))
        .forEach(loop -> found.add(loop.device() + " on " + loop.backing()));
    ProcessHandle.allProcesses()
        .filter(p -> p.pid() != ProcessHandle.current().pid())
        .filter(p -> commandLine(p).contains(folder.toString()))
        .forEach(p -> found.add("process " + p.pid() + " " + commandLine(p)));
    return new ArrayList<>(found);
  }

  private static String commandLine(ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline")).replace('\0', ' ');
    } catch (IOException e) {
      return "";
    }
  }

  /** Takes away what a failed test left, so that the next one is not hurt. */
  private void sweep() throws IOException {
    ProcessHandle.allProcesses()
        .filter(p -> p.pid() != ProcessHandle.current().pid())
        .filter(p -> commandLine(p).contains(folder.toString()))
        .forEach(ProcessHandle::destroyForcibly);
    for (Mounts.Mounted mounted : Mounts.all().reversed()) {
      if (mounted.at().startsWith(folder)) {
        Mounts.unmount(mounted.at(), Mounts.MNT_DETACH);
      }
    }
    for (LoopDevices.Loop loop : LoopDevices.all()) {
      if (loop.backing().startsWith(folder + "/")) {
        LoopDevices.detach(loop.device());
      }
    }
  }

  /** The test's own folder. */
  public Path folder() {
    return folder;
  }

  /** Undone after the test, in reverse order, also when it failed. */
  public void atEnd(Undo action) {
    undo.push(action);
  }

  /** Skips the test if a program is not there. */
  public void needs(String... programs) throws Exception {
    for (String program : programs) {
      Process which = new ProcessBuilder("sh", "-c", "command -v " + program).start();
      which.getInputStream().readAllBytes();
      assumeThat(which.waitFor()).as(program + " is installed").isZero();
    }
  }

  /** Runs a command that must succeed within half a minute; what it printed. */
  public String run(String... command) throws Exception {
    Path out = Files.createTempFile("meikyo-out-", ".txt");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(out.toFile())
              .start();
      boolean ended = process.waitFor(2 * PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (!ended) {
        process.destroyForcibly();
      }
      String text = Files.readString(out, StandardCharsets.ISO_8859_1);
      assertThat(ended).as("ends in time: %s%n%s", String.join(" ", command), text).isTrue();
      assertThat(process.exitValue()).as("%s%n%s", String.join(" ", command), text).isZero();
      return text.strip();
    } finally {
      Files.delete(out);
    }
  }

  /**
   * Unmounts for good. Whoever made a mount namespace meanwhile, a container for instance, has a
   * copy of the mount that keeps the file system alive; nothing can be said of the disk then, and
   * the test is skipped.
   */
  public void unmount(Path at) throws Exception {
    String number =
        Mounts.all().reversed().stream()
            .filter(m -> m.at().equals(at))
            .map(m -> m.device().toString())
            .findFirst()
            .orElseThrow(() -> new AssertionError(at + " is not mounted"));
    run("umount", at.toString());
    List<String> elsewhere = mountedBy(number);
    heldElsewhere |= !elsewhere.isEmpty();
    assumeThat(elsewhere).as("still mounted in namespaces of others").isEmpty();
  }

  /** Processes in whose mount namespaces the device MAJOR:MINOR is mounted. */
  private static List<String> mountedBy(String number) throws IOException {
    List<String> found = new ArrayList<>();
    try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        try {
          String mounts = Files.readString(process.resolve("mountinfo"));
          if (mounts.lines().anyMatch(line -> line.contains(" " + number + " "))) {
            found.add(process.getFileName().toString());
          }
        } catch (IOException e) {
          // It has ended.
          continue;
        }
      }
    }
    return found;
  }

  /** Starts a process, killed at the end; what it says is shown if the test fails. */
  public Process start(List<String> command) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.to(folder.resolve("out-" + undo.size()).toFile()))
            .start();
    atEnd(() -> process.destroyForcibly().waitFor());
    return process;
  }

  /** The command line of a Java main class with this test's class path. */
  public static List<String> java(Class<?> main, String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-Xmx96m",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Waits for a condition, at most half a minute. */
  public static void await(String what, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.call()) {
      assertThat(System.nanoTime()).as(what).isLessThan(deadline);
      LockSupport.parkNanos(10_000_000);
    }
  }

  /** A loop that runs on a thread of its own, and is stopped at the end. */
  public IoLoop loop() throws Exception {
    IoLoop loop = Loops.best(why -> {});
    Throwable[] failure = new Throwable[1];
    Thread thread =
        Thread.ofPlatform()
            .name("test-loop")
            .start(() -> {
              try {
                loop.run();
              } catch (RuntimeException | Error e) {
                failure[0] = e;
              }
            });
    atEnd(() -> {
      loop.stop();
      thread.join();
      loop.close();
      if (failure[0] != null) {
        throw new AssertionError("the loop ended by itself", failure[0]);
      }
    });
    return loop;
  }
}
