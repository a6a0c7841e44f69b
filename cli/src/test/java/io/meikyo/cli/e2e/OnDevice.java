// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.linux.Fuse;
import io.meikyo.linux.LoopDevices;
import io.meikyo.linux.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** ext4 on the device of a pair's active server, and programs that use it. */
final class OnDevice {
  private static final long SECONDS = 120;

  private final Pair pair;
  private final Path at;
  private final List<Process> started = new ArrayList<>();
  private final List<Path> processWords = new ArrayList<>();

  /** Makes the file system and mounts it. */
  OnDevice(Pair pair, Server active) throws Exception {
    this.pair = pair;
    this.at = Files.createDirectories(pair.folder.resolve("mnt"));
    Await.that(20, "there is a device", active::words, () -> Files.isSymbolicLink(active.device));
    run("mkfs.ext4", "-q", "-F", active.device.toString());
    mount(active);
  }

  /** Where it is mounted. */
  Path at() {
    return at;
  }

  void mount(Server active) throws Exception {
    run("mount", active.device.toString(), at.toString());
  }

  void unmount() throws Exception {
    run("umount", at.toString());
  }

  /** Starts a program; killed at the end. */
  Process start(List<String> command) throws IOException {
    Path words = Files.createTempFile(pair.folder, "program", ".log");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(words.toFile())
            .start();
    started.add(process);
    processWords.add(words);
    return process;
  }

  /** Waits until it has ended well; what it said. */
  String ended(Process process) throws Exception {
    boolean ended = process.waitFor(SECONDS, TimeUnit.SECONDS);
    String said = Files.readString(processWords.get(started.indexOf(process)));
    assertThat(ended)
        .as("ends within %s s: %s%n%s%n%s", SECONDS, said, stacks(process), pair.words())
        .isTrue();
    assertThat(process.exitValue()).as(said + pair.words()).isZero();
    return said.strip();
  }

  /** Where in the kernel the processes are that do not end, and the agents. */
  private String stacks(Process process) throws IOException {
    List<Long> pids = new ArrayList<>(process.descendants().map(ProcessHandle::pid).toList());
    pids.add(process.pid());
    pids.add(pair.one.agent().pid());
    pids.add(pair.two.agent().pid());
    StringBuilder all = new StringBuilder();
    for (long pid : pids) {
      Path tasks = Path.of("/proc/" + pid + "/task");
      if (!Files.isDirectory(tasks)) {
        continue;
      }
      try (var threads = Files.newDirectoryStream(tasks)) {
        for (Path thread : threads) {
          String state = Files.readString(thread.resolve("stat"));
          if (state.contains(") D ")) {
            all.append(state, 0, state.indexOf(") D ") + 3).append('\n');
            all.append(Files.readString(thread.resolve("stack")));
          }
        }
      }
    }
    return all.toString();
  }

  /** Runs a program that must succeed; what it said. */
  String run(String... command) throws Exception {
    return ended(start(List.of(command)));
  }

  /** A program's words, begun in a control group. */
  static List<String> in(Path group, String script) {
    return List.of("sh", "-c", "echo $$ >'" + group + "/cgroup.procs' && " + script);
  }

  /** Takes away what is left, whatever happened; what is stuck is aborted. */
  void close() throws Exception {
    String folder = pair.folder + "/";
    for (Mounts.Mounted m : Mounts.all().reversed()) {
      if (m.at().equals(at)) {
        Mounts.unmount(at, Mounts.MNT_DETACH);
      }
    }
    for (Mounts.Mounted m : Mounts.all()) {
      if (m.at().startsWith(pair.folder) && m.type().startsWith("fuse")) {
        Fuse.abort(m.device());
      }
    }
    for (Process p : started) {
      p.descendants().forEach(ProcessHandle::destroyForcibly);
      p.destroyForcibly().waitFor(SECONDS, TimeUnit.SECONDS);
    }
    for (LoopDevices.Loop loop : LoopDevices.all()) {
      if (loop.backing().startsWith(folder)) {
        LoopDevices.detach(loop.device());
      }
    }
    for (Mounts.Mounted m : Mounts.all().reversed()) {
      if (m.at().startsWith(pair.folder)) {
        Mounts.unmount(m.at(), Mounts.MNT_DETACH);
      }
    }
  }
}
