// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import io.meikyo.core.format.PartitionReader;
import io.meikyo.core.format.WrittenSuperblock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Finds cluster partitions by the identity written on them, when device names have moved. Only
 * reads two blocks of each block device that the kernel knows.
 */
public final class FindPartition {
  private static final Path PARTITIONS = Path.of("/proc/partitions");
  private static final Path DEVICES = Path.of("/dev");

  private FindPartition() {}

  /** Block devices that carry a cluster partition of this mirror disk, in the kernel's order. */
  public static List<Path> of(UUID diskId) throws IOException {
    return of(
        diskId, Files.exists(PARTITIONS) ? Files.readAllLines(PARTITIONS) : List.of(), DEVICES);
  }

  /** The same among these lines of /proc/partitions, whose devices are in a folder. */
  static List<Path> of(UUID diskId, List<String> lines, Path folder) {
    List<Path> found = new ArrayList<>();
    for (String line : lines) {
      String[] words = line.strip().split("\\s+", -1);
      if (words.length == 4 && Character.isDigit(words[0].charAt(0))) {
        Path device = folder.resolve(words[3].replace('!', '/'));
        if (carries(device, diskId)) {
          found.add(device);
        }
      }
    }
    return found;
  }

  /**
   * Where the data partition probably is: on the disk of the cluster partition that was found, as
   * far from it by name as configured, and large enough. It carries nothing of ours to tell by.
   *
   * @param data as configured
   * @param cluster as configured
   * @param found where the cluster partition is
   * @return null if nothing can be said
   */
  public static @Nullable Path dataBeside(Path data, Path cluster, Path found) {
    String d = data.toString();
    String c = cluster.toString();
    int same = 0;
    while (same < Math.min(d.length(), c.length()) && d.charAt(same) == c.charAt(same)) {
      same++;
    }
    String own = c.substring(same);
    String there = found.toString();
    if (own.isEmpty() || !there.endsWith(own)) {
      return null;
    }
    String base = there.substring(0, there.length() - own.length());
    Path beside = Path.of(base + d.substring(same));
    return !beside.equals(found) && holds(beside, found) ? beside : null;
  }

  private static boolean holds(Path data, Path cluster) {
    try (PartitionFile meta = PartitionFile.open(cluster, PartitionFile.Mode.READ);
        PartitionFile file = PartitionFile.open(data, PartitionFile.Mode.READ)) {
      WrittenSuperblock written = PartitionReader.superblocks(meta).written();
      return written != null && file.size() >= written.layout().dataBytes();
    } catch (PartitionProblem e) {
      // Not there, or not for us to open.
      return false;
    }
  }

  private static boolean carries(Path device, UUID diskId) {
    try (PartitionFile file = PartitionFile.open(device, PartitionFile.Mode.READ)) {
      WrittenSuperblock written = PartitionReader.superblocks(file).written();
      return written != null && written.superblock().identity().diskId().equals(diskId);
    } catch (PartitionProblem e) {
      // Gone, empty, or not for us to open: it is not the one.
      return false;
    }
  }
}
