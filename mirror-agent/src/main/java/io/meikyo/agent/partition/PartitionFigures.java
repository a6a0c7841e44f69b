// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import io.meikyo.core.format.FreshPartition;
import io.meikyo.core.format.PartitionLayout;
import io.meikyo.core.format.PartitionReader;
import io.meikyo.core.format.PartitionReading;
import io.meikyo.core.format.WrittenSuperblock;
import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.Superblock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.UUID;

/**
 * What a cluster partition costs for a disk of some size, measured on a real file.
 *
 * @param requiredBytes bytes that are used of the cluster partition
 * @param memoryBytes memory of the loaded maps
 * @param firstNanos time of the first reading of everything, with a cold program
 * @param medianNanos median of the next five
 */
public record PartitionFigures(
    long requiredBytes, long memoryBytes, long firstNanos, long medianNanos) {
  private static final int RUNS = 5;

  /** Makes a cluster partition for two servers in a folder, reads it, and removes it. */
  public static PartitionFigures measure(Path folder, long diskBytes) throws PartitionProblem {
    Geometry geometry = PartitionLayout.standardGeometry(4096, diskBytes / 4096);
    PartitionLayout layout = PartitionLayout.of(geometry, 3);
    Path path = folder.resolve("meikyo-figures");
    try {
      Allocation.make(path, layout.requiredBytes(), Progress.NONE);
      try (PartitionFile file = PartitionFile.open(path, PartitionFile.Mode.WRITE)) {
        Identity identity = new Identity(new UUID(1, 2), new UUID(3, 4), 0);
        FreshPartition.write(
            new WrittenSuperblock(Superblock.blank(identity, geometry), 1, layout),
            null,
            file,
            done -> {});
        long first = read(file);
        long[] times = new long[RUNS];
        for (int i = 0; i < RUNS; i++) {
          times[i] = read(file);
        }
        Arrays.sort(times);
        return new PartitionFigures(
            layout.requiredBytes(), layout.memoryBytes(), first, times[RUNS / 2]);
      }
    } finally {
      try {
        Files.deleteIfExists(path);
      } catch (IOException ignored) {
        // It is in the folder for temporary files.
      }
    }
  }

  private static long read(PartitionFile file) {
    long start = System.nanoTime();
    if (!(PartitionReader.read(file) instanceof PartitionReading.Loaded)) {
      throw new IllegalStateException("a partition just made cannot be read");
    }
    return System.nanoTime() - start;
  }
}
