// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * Where everything of a lab is:
 *
 * <pre>
 * FOLDER/lab.properties          what it was made with; there while the lab is up
 * FOLDER/bin/                    what servers have on their PATH, and their programs
 * FOLDER/meikyo.toml             the cluster's configuration
 * FOLDER/witness/                the deciding record and its keeper, without a cluster
 * FOLDER/witness1/               the witness: run, cluster, service.log
 * FOLDER/snapshots/NAME/         data.img, cluster.img
 * FOLDER/server1/init.pid        process 1, while the power is on
 * FOLDER/server1/agent.toml      its mirror agent's configuration
 * FOLDER/server1/run, state, srv its /run, the agent's state folder and /srv
 * FOLDER/server1/cluster         the state folder of its cluster service
 * FOLDER/server1/disk/           the disks themselves: data.img, cluster.img
 * FOLDER/server1/dev/            the disks as the server sees them, with their write cache
 * </pre>
 */
final class LabFolder {
  private static final String PROPERTIES = "lab.properties";

  private final Path folder;

  LabFolder(Path folder) {
    this.folder = folder.toAbsolutePath().normalize();
  }

  Path path() {
    return folder;
  }

  /** Begins every name of a network namespace of this lab. */
  String prefix() {
    return "mk" + Integer.toHexString(folder.toString().hashCode() & 0xfffff);
  }

  boolean isUp() {
    return Files.exists(folder.resolve(PROPERTIES));
  }

  LabPlan plan() throws LabProblem, IOException {
    if (!isUp()) {
      throw new LabProblem(LabNotice.NOT_UP, folder);
    }
    Properties p = new Properties();
    try (var in = Files.newBufferedReader(folder.resolve(PROPERTIES), StandardCharsets.UTF_8)) {
      p.load(in);
    }
    return LabPlan.of(p);
  }

  void write(LabPlan plan) throws IOException {
    Properties p = plan.properties();
    try (var out = Files.newBufferedWriter(folder.resolve(PROPERTIES), StandardCharsets.UTF_8)) {
      p.store(out, null);
    }
  }

  Path server(int number) {
    return folder.resolve(number == LabPlan.WITNESS_NUMBER ? LabPlan.WITNESS : "server" + number);
  }

  Path witness() {
    return folder.resolve("witness");
  }

  Path snapshot(String name) {
    return folder.resolve("snapshots").resolve(name);
  }

  List<String> snapshots() throws IOException {
    Path all = folder.resolve("snapshots");
    if (!Files.isDirectory(all)) {
      return List.of();
    }
    try (Stream<Path> names = Files.list(all)) {
      return names.map(n -> String.valueOf(n.getFileName())).sorted().toList();
    }
  }

  /** What servers have on their PATH. */
  Path bin() {
    return folder.resolve("bin");
  }

  Path command() {
    return bin().resolve("meikyo");
  }

  /** The programs of the application. */
  Path classes() {
    return bin().resolve("lab.jar");
  }

  /** The cluster's configuration, as it was at first. */
  Path configuration() {
    return folder.resolve("meikyo.toml");
  }

  /** Where the cluster service of a server listens for commands. */
  Path api(int number) {
    return server(number).resolve("run/meikyo/cluster.sock");
  }

  /** The disk of a server, as bytes on this machine. */
  Path disk(int number, String partition) {
    return server(number).resolve("disk").resolve(partition + ".img");
  }

  /** The same as its server sees it. */
  Path device(int number, String partition) {
    return server(number).resolve("dev").resolve(partition + ".img");
  }
}
