// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.demo;

import io.meikyo.lab.Lab;
import io.meikyo.lab.LabCluster;
import io.meikyo.lab.LabProblem;
import io.meikyo.lab.Wait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The way back from an image on both servers at once, by the runbook's commands, typed on the
 * servers: group stopped, disks exchanged, both sides taken as equal without a copy. One caller;
 * blocks.
 */
final class RunbookRestore {
  private static final List<String> SERVERS = List.of("server1", "server2");
  private static final String BOTH_GREEN = "Mirror Color GREEN GREEN";
  private static final long SECONDS = 120;

  private final Lab lab;

  RunbookRestore(Lab lab) {
    this.lab = lab;
  }

  /** Keeps under a name what {@code meikyo backup create --to} has left below a folder. */
  void adopt(Path below, String name)
      throws DemoFailed, LabProblem, IOException, InterruptedException {
    lab.images().adopt(name, only(below, "md1.data.img"), only(below, "md1.cluster.img"));
  }

  private static Path only(Path below, String name) throws DemoFailed, IOException {
    try (Stream<Path> all = Files.find(below, 2, (p, _) -> p.endsWith(name))) {
      List<Path> found = all.toList();
      if (found.size() != 1) {
        throw new DemoFailed(found.size() + " files " + name + " below " + below);
      }
      return found.getFirst();
    }
  }

  /**
   * From the stop of the group until both sides are GREEN. {@link #end} must follow.
   *
   * @throws DemoFailed a disk is not what was put there: something was copied after all
   */
  void untilGreen(String active, String image)
      throws DemoFailed, LabProblem, IOException, InterruptedException {
    lab.run(active, "clpgrp", "-t", LabCluster.GROUP);
    otherDisks(image);
    for (String server : SERVERS) {
      awaitAnswer(server);
      lab.run(server, "clprestore.sh", "--post", "--skip-copy");
    }
    Wait.until(
        () -> words("server1", "clpmdstat", "--mirror", "md1").contains(BOTH_GREEN),
        SECONDS,
        "both sides are GREEN",
        lab.cluster().log("server1"));
  }

  /** Looks whether both data partitions are the image still, byte by byte. */
  void untouched(String image) throws DemoFailed, LabProblem, IOException {
    for (String server : SERVERS) {
      Path disk = lab.images().diskPath(server, "md1", "data");
      long differs = Files.mismatch(disk, lab.images().snapshotPath(image, "data"));
      if (differs >= 0) {
        throw new DemoFailed(
            "the disk of " + server + " is not the image any more, from byte " + differs + " on");
      }
    }
  }

  /** Ends backup mode on both: the group may start. */
  void end() throws LabProblem, IOException, InterruptedException {
    for (String server : SERVERS) {
      lab.run(server, "clprestore.sh", "--post", "--online", "--skip-copy");
    }
  }

  private void otherDisks(String image) throws LabProblem, IOException, InterruptedException {
    for (String server : SERVERS) {
      lab.run(server, "clprestore.sh", "--pre");
    }
    for (String server : SERVERS) {
      Wait.until(() -> !lab.isOn(server), SECONDS, server + " is off", lab.cluster().log(server));
      lab.images().replace(server, "md1", image);
    }
    for (String server : SERVERS) {
      lab.powerOn(server);
    }
  }

  private void awaitAnswer(String server) throws LabProblem, IOException, InterruptedException {
    Wait.until(
        () -> !words(server, "clpstat").isEmpty(),
        SECONDS,
        server + " answers",
        lab.cluster().log(server));
  }

  /** What a command says, with single spaces; nothing while it fails. */
  private String words(String server, String... command) throws IOException, InterruptedException {
    try {
      return lab.run(server, command).replaceAll("\\s+", " ");
    } catch (LabProblem e) {
      return ""; // not yet: who asks has a limit, and says where to look
    }
  }
}
