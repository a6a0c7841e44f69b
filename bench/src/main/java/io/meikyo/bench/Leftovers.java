// SPDX-License-Identifier: Apache-2.0
package io.meikyo.bench;

import io.meikyo.core.notice.Notice;
import io.meikyo.linux.LoopDevices;
import io.meikyo.linux.Mounts;
import io.meikyo.linux.Processes;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a run of the bench leaves that was killed: its folder, and by the folder's name all else. A
 * folder is called {@code mkbPIDpN} after the process that it belongs to, so that one whose process
 * is gone is known; the name is short, since the path of a socket has 107 bytes at most.
 *
 * <p>Any thread; nothing is remembered.
 */
final class Leftovers {
  private static final Pattern NAME = Pattern.compile("mkb(\\d{1,9})p\\d+");
  private static final long END_SECONDS = 10;
  private static final long STEP_MILLIS = 20;

  /** By how much the clocks of processes and of files may disagree. */
  private static final Duration SLACK = Duration.ofSeconds(5);

  private Leftovers() {}

  /** Makes a folder that belongs to this process. */
  static Path folder(Path parent) throws IOException {
    Files.createDirectories(parent);
    for (int n = 0; ; n++) {
      try {
        return Files.createDirectory(
            parent.resolve("mkb" + ProcessHandle.current().pid() + "p" + n));
      } catch (FileAlreadyExistsException e) {
        // Another one of this process.
      }
    }
  }

  /** Takes away what belongs to nobody any more, and says so. */
  static void sweep(Path parent, Consumer<Notice> says)
      throws BenchProblem, IOException, InterruptedException {
    if (!Files.isDirectory(parent)) {
      return;
    }
    List<Path> folders;
    try (Stream<Path> all = Files.list(parent)) {
      folders = all.filter(Leftovers::isOrphan).sorted().toList();
    }
    for (Path folder : folders) {
      List<String> namespaces = namespaces(folder);
      endProcesses(folder, namespaces);
      removeFronts(folder);
      for (String namespace : namespaces) {
        Workshop.run(List.of("ip", "netns", "del", namespace));
      }
      removeFiles(folder);
      says.accept(Notice.of(BenchNotice.CLEANED, folder));
    }
  }

  /** True for a folder of a run whose process is gone; false for all that is not known. */
  private static boolean isOrphan(Path folder) {
    Matcher m = NAME.matcher(String.valueOf(folder.getFileName()));
    if (!m.matches()) {
      return false;
    }
    return ProcessHandle.of(Long.parseLong(m.group(1))).map(p -> isYounger(p, folder)).orElse(true);
  }

  /** True if the process began after the folder was made: the number was given out again. */
  private static boolean isYounger(ProcessHandle process, Path folder) {
    Instant began = process.info().startInstant().orElse(Instant.EPOCH);
    try {
      Instant made =
          Files.readAttributes(folder, BasicFileAttributes.class).creationTime().toInstant();
      return began.isAfter(made.plus(SLACK));
    } catch (IOException e) {
      // It is just being removed by its owner.
      return false;
    }
  }

  private static List<String> namespaces(Path folder) throws BenchProblem, InterruptedException {
    return Workshop.run(List.of("ip", "netns", "list"))
        .lines()
        .map(line -> line.split(" ", 2)[0])
        .filter(name -> name.startsWith(folder.getFileName() + "-"))
        .toList();
  }

  /** Ends what runs in its namespaces, and what else names a file of its. */
  private static void endProcesses(Path folder, List<String> namespaces)
      throws BenchProblem, InterruptedException {
    for (String namespace : namespaces) {
      for (String pid : Workshop.run(List.of("ip", "netns", "pids", namespace)).lines().toList()) {
        ProcessHandle.of(Long.parseLong(pid)).ifPresent(Leftovers::kill);
      }
    }
    ProcessHandle.allProcesses()
        .filter(p -> p.pid() != ProcessHandle.current().pid())
        .filter(p -> p.info().commandLine().orElse("").contains(folder + "/"))
        .forEach(Leftovers::kill);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(END_SECONDS);
    for (String namespace : namespaces) {
      while (!Workshop.run(List.of("ip", "netns", "pids", namespace)).isBlank()) {
        if (System.nanoTime() > deadline) {
          throw new BenchProblem(BenchNotice.NOT_IN_TIME, "end", END_SECONDS, namespace);
        }
        TimeUnit.MILLISECONDS.sleep(STEP_MILLIS);
      }
    }
  }

  private static void kill(ProcessHandle process) {
    // One that has just ended by itself is as good.
    Processes.kill((int) process.pid(), Processes.SIGKILL);
  }

  /** Takes away loop devices and mounts under a folder, those of agents too. */
  static void removeFronts(Path folder) throws IOException {
    for (LoopDevices.Loop loop : LoopDevices.all()) {
      if (loop.backing().startsWith(folder + "/")) {
        LoopDevices.detach(loop.device());
      }
    }
    for (Mounts.Mounted mounted : Mounts.all().reversed()) {
      if (mounted.at().startsWith(folder)) {
        Mounts.unmount(mounted.at(), Mounts.MNT_DETACH);
      }
    }
  }

  /** Removes the folder and all in it. */
  static void removeFiles(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(p);
      }
    }
  }
}
