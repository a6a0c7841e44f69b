// SPDX-License-Identifier: Apache-2.0
package io.meikyo.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where replicas lie: on the disk of the folder, as files, or in memory, as block devices. Every
 * target gets fully written room of its own in the same way.
 */
final class Backing {
  /** Room of the cluster partition of a replica. */
  private static final long CLUSTER_BYTES = 64L << 20;

  private final Workshop shop;
  private final boolean memory;
  private final long bytes;
  private final Path folder;

  /**
   * Makes the place.
   *
   * @param replicas how many it must have room for
   */
  Backing(Workshop shop, boolean memory, long bytes, int replicas)
      throws BenchProblem, IOException, InterruptedException {
    this.shop = shop;
    this.memory = memory;
    this.bytes = bytes;
    long wanted = replicas * (bytes + CLUSTER_BYTES);
    long free = memory ? availableMemory() : freeDisk(shop.folder());
    if (free < wanted + wanted / 8) {
      throw new BenchProblem(
          BenchNotice.NO_ROOM, memory ? "memory" : shop.folder(), free, wanted + wanted / 8);
    }
    this.folder =
        memory
            ? shop.memory("ram", wanted + (64L << 20))
            : Files.createDirectory(shop.folder().resolve("disk"));
  }

  private static long freeDisk(Path folder) throws IOException {
    return Files.getFileStore(folder).getUsableSpace();
  }

  private static long availableMemory() throws IOException {
    try (var lines = Files.lines(Path.of("/proc/meminfo"))) {
      return lines
          .filter(line -> line.startsWith("MemAvailable:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst()
          .orElse(0);
    }
  }

  /** In tables: {@code ram} or {@code disk}. */
  String name() {
    return memory ? "ram" : "disk";
  }

  long bytes() {
    return bytes;
  }

  /** Room for data: a file, or a loop device with direct I/O on a file in memory. */
  String data(String name) throws BenchProblem, IOException, InterruptedException {
    return make(name, bytes);
  }

  /** Room for a cluster partition. */
  String cluster(String name) throws BenchProblem, IOException, InterruptedException {
    return make(name + ".cluster", CLUSTER_BYTES);
  }

  private String make(String name, long size)
      throws BenchProblem, IOException, InterruptedException {
    Path file = Workshop.written(folder.resolve(name), size);
    return memory ? shop.loop(file) : file.toString();
  }
}
