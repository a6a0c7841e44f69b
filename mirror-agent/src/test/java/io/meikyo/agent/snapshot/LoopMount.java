// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** Loop devices, parts of them and mounts for one test, taken away in the other order. */
final class LoopMount implements AutoCloseable {
  private final ArrayDeque<List<String>> undo = new ArrayDeque<>();

  /** Skips the test where that cannot be. */
  LoopMount() {
    assumeThat(System.getProperty("user.name")).as("loop devices need root").isEqualTo("root");
    assumeThat(Path.of("/dev/loop-control")).as("the kernel has loop devices").exists();
    assumeThat(program("mkfs.ext4")).as("mkfs.ext4 is installed").isTrue();
  }

  static boolean program(String name) {
    return List.of("/usr/sbin", "/sbin", "/usr/bin", "/bin").stream()
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
  }

  /** What it says; the test fails if it fails. */
  static String run(String... command) throws IOException {
    return run(List.of(command));
  }

  private static String run(List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().merge("PATH", "/usr/sbin:/sbin", (a, b) -> a + ":" + b);
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.onExit().join().exitValue()).as(command + ": " + said).isZero();
    return said.strip();
  }

  /** A file of this size as a device that may have parts. */
  Path device(Path file, long bytes) throws Exception {
    try (RandomAccessFile made = new RandomAccessFile(file.toFile(), "rw")) {
      made.setLength(bytes);
    }
    String device = run("losetup", "-P", "-f", "--show", file.toString());
    undo.addFirst(List.of("losetup", "-d", device));
    return Path.of(device);
  }

  /** The first part of a device; skips the test where the kernel makes none. */
  Path part(Path device, long fromBytes, long bytes) throws Exception {
    assumeThat(program("addpart")).as("addpart is installed").isTrue();
    String from = Long.toString(fromBytes / 512);
    run("addpart", device.toString(), "1", from, Long.toString(bytes / 512));
    undo.addFirst(List.of("delpart", device.toString(), "1"));
    Path part = Path.of(device + "p1");
    assumeThat(part).as("a part has a node in /dev").exists();
    return part;
  }

  /** A volume over the first bytes of a device. */
  Path volume(Path device, long bytes) throws Exception {
    String name = "meikyo-test-" + ProcessHandle.current().pid();
    String table = "0 " + bytes / 512 + " linear " + device + " 0";
    run("dmsetup", "create", name, "--table", table);
    undo.addFirst(List.of("dmsetup", "remove", name));
    return Path.of("/dev/mapper", name);
  }

  /** A new file system on it, mounted at a new folder. */
  Path mounted(Path device, Path at) throws Exception {
    run("mkfs.ext4", "-q", "-O", "^has_journal", "-m", "0", device.toString());
    Files.createDirectory(at);
    run("mount", device.toString(), at.toString());
    undo.addFirst(List.of("umount", at.toString()));
    return at;
  }

  @Override
  public void close() {
    List<Throwable> failed = new ArrayList<>();
    for (List<String> command : undo) {
      try {
        run(command);
      } catch (IOException | AssertionError e) {
        failed.add(e);
      }
    }
    undo.clear();
    assertThat(failed).as("what could not be taken away").isEmpty();
  }
}
