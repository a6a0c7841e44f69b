// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import io.meikyo.core.format.Finding;
import io.meikyo.core.format.FormatNotice;
import io.meikyo.core.format.PartitionReader;
import io.meikyo.core.format.PartitionReading;
import io.meikyo.core.format.WrittenSuperblock;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.Severity;
import io.meikyo.core.partition.Identity;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Looks at cluster partitions, whole, and says everything that is not as it should be. */
public final class CheckPartition {

  /**
   * What is expected; null where anything will do.
   *
   * @param clusterId cluster
   * @param diskId mirror disk
   * @param replica replica number
   * @param data the data partition that belongs to it
   */
  public record Expected(
      @Nullable UUID clusterId,
      @Nullable UUID diskId,
      @Nullable Integer replica,
      @Nullable Path data) {
    /** Nothing is expected. */
    public static final Expected NOTHING = new Expected(null, null, null, null);
  }

  /**
   * What was found on one partition.
   *
   * @param path where
   * @param reading what it says
   * @param notices everything that is not as it should be, and whether it is clean
   */
  public record Result(Path path, PartitionReading reading, List<Notice> notices) {
    /** True if there is nothing to do. */
    public boolean clean() {
      return notices.stream().allMatch(n -> n.severity() == Severity.INFO);
    }
  }

  private CheckPartition() {}

  /** Checks each one, and all together. */
  public static List<Result> check(List<Path> paths, Expected expected) throws PartitionProblem {
    List<Result> results = new ArrayList<>();
    Map<Identity, Path> seen = new HashMap<>();
    for (Path path : paths) {
      List<Notice> notices = new ArrayList<>();
      PartitionReading reading = check(path, expected, notices);
      if (reading instanceof PartitionReading.Loaded loaded) {
        Identity id = loaded.partition().superblock().identity();
        Path other = seen.putIfAbsent(id, path);
        if (other != null) {
          notices.add(
              about(
                  path,
                  Notice.of(
                      PartitionNotice.SAME_IDENTITY, other, path, id.replica(), id.diskId())));
        }
      }
      if (notices.stream().allMatch(n -> n.severity() == Severity.INFO)) {
        notices.add(Notice.of(PartitionNotice.CLEAN, path));
      }
      results.add(new Result(path, reading, List.copyOf(notices)));
    }
    return results;
  }

  private static Notice about(Path path, Notice notice) {
    return notice.about("partition", path.toString());
  }

  private static PartitionReading check(Path path, Expected expected, List<Notice> notices)
      throws PartitionProblem {
    try (PartitionFile file = PartitionFile.open(path, PartitionFile.Mode.READ)) {
      PartitionReading reading = PartitionReader.read(file);
      if (file.isLockedByOthers()) {
        notices.add(about(path, Notice.of(PartitionNotice.MAYBE_IN_MOTION, path)));
      }
      for (Finding f : reading.findings()) {
        notices.add(about(path, f.notice()));
      }
      String signature = Signatures.find(file, file.size());
      if (reading instanceof PartitionReading.Loaded loaded) {
        compare(file, loaded.written(), expected, notices);
        if (signature != null) {
          notices.add(
              about(
                  path, Notice.of(PartitionNotice.SUPERBLOCK_PLACE_OVERWRITTEN, path, signature)));
        }
      } else if (signature != null && isNotOurs(reading)) {
        notices.add(about(path, Notice.of(PartitionNotice.LOOKS_LIKE_DATA, path, signature)));
      }
      return reading;
    }
  }

  private static boolean isNotOurs(PartitionReading reading) {
    return reading.findings().stream().anyMatch(f -> f.what() == FormatNotice.NOT_OURS);
  }

  private static void compare(
      PartitionFile file, WrittenSuperblock written, Expected expected, List<Notice> notices)
      throws PartitionProblem {
    Path path = file.path();
    Identity id = written.superblock().identity();
    if (expected.clusterId != null && !expected.clusterId.equals(id.clusterId())) {
      notices.add(
          about(
              path,
              Notice.of(
                  PartitionNotice.UNEXPECTED_CLUSTER, path, id.clusterId(), expected.clusterId)));
    }
    if (expected.diskId != null && !expected.diskId.equals(id.diskId())) {
      notices.add(
          about(
              path,
              Notice.of(PartitionNotice.UNEXPECTED_DISK, path, id.diskId(), expected.diskId)));
    }
    if (expected.replica != null && expected.replica != id.replica()) {
      notices.add(
          about(
              path,
              Notice.of(PartitionNotice.UNEXPECTED_REPLICA, path, id.replica(), expected.replica)));
    }
    if (file.size() < written.layout().requiredBytes()) {
      notices.add(
          about(
              path,
              Notice.of(
                  PartitionNotice.TRUNCATED, path, file.size(), written.layout().requiredBytes())));
    }
    if (expected.data != null) {
      compareData(path, expected.data, written, notices);
    }
  }

  private static void compareData(
      Path path, Path dataPath, WrittenSuperblock written, List<Notice> notices)
      throws PartitionProblem {
    try (PartitionFile data = PartitionFile.open(dataPath, PartitionFile.Mode.READ)) {
      if (data.size() < written.layout().dataBytes()) {
        notices.add(
            about(
                path,
                Notice.of(
                    PartitionNotice.DATA_TOO_SMALL,
                    dataPath,
                    data.size(),
                    written.layout().dataBytes())));
      }
      var found = PartitionReader.superblocks(data);
      if (CreatePartition.isMeikyo(found)) {
        notices.add(
            about(
                path,
                Notice.of(
                    PartitionNotice.DATA_IS_CLUSTER, dataPath, CreatePartition.describe(found))));
      }
    }
  }
}
