// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import io.meikyo.agent.partition.Progress;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.Severity;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Superblock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks whether a backup's folder holds what its manifest says: sizes and hashes of all files, and
 * that a restore would take the cluster partitions. Needs no service and no agent. Blocks; one
 * thread.
 */
public final class ImageCheck {
  /**
   * What was found.
   *
   * @param good true: nothing is wrong
   * @param manifest null if it could not be read
   * @param notices in their order; errors are what is wrong
   */
  public record Result(boolean good, @Nullable Manifest manifest, List<Notice> notices) {}

  private final Path folder;
  private final Progress progress;
  private final List<Notice> notices = new ArrayList<>();

  /** A check of this folder. */
  public ImageCheck(Path folder, Progress progress) {
    this.folder = folder;
    this.progress = progress;
  }

  /** The manifest of a folder; throws {@link ImageProblem} if there is none that is whole. */
  public static Manifest manifest(Path folder) throws ImageProblem {
    Path file = folder.resolve(Manifest.FILE);
    try {
      return Manifest.parse(Files.readString(file));
    } catch (IOException e) {
      throw new ImageProblem(ImageNotice.MANIFEST_BAD, file, ImageProblem.reason(e));
    } catch (IllegalArgumentException e) {
      throw new ImageProblem(ImageNotice.MANIFEST_BAD, file, String.valueOf(e.getMessage()));
    }
  }

  /** Reads all files. */
  public Result run() {
    Manifest m;
    try {
      m = manifest(folder);
    } catch (ImageProblem e) {
      return new Result(false, null, List.of(e.notice()));
    }
    for (Manifest.Disk disk : m.disks()) {
      // Each, so that all that is wrong is said.
      boolean whole = file(disk.data());
      whole &= file(disk.cluster());
      if (whole) {
        partition(m, disk);
      }
    }
    boolean good = notices.stream().noneMatch(n -> n.severity() == Severity.ERROR);
    if (good) {
      notices.add(
          Notice.of(
              ImageNotice.IMAGE_GOOD,
              m.id(),
              String.join(", ", m.disks().stream().map(Manifest.Disk::name).toList()),
              Instant.ofEpochMilli(m.takenAtMillis())));
      m.disks().forEach(this::worth);
    }
    return new Result(good, m, List.copyOf(notices));
  }

  private void worth(Manifest.Disk disk) {
    String proof =
        disk.provenAtMillis() == 0 ? "-" : Instant.ofEpochMilli(disk.provenAtMillis()).toString();
    notices.add(
        Notice.of(
            disk.verdict() == CutStatus.PROVEN
                ? ImageNotice.DISK_PROVEN
                : ImageNotice.DISK_UNPROVEN,
            disk.name(),
            proof));
  }

  private boolean file(Manifest.Part part) {
    Path file = folder.resolve(part.file());
    try {
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        notices.add(Notice.of(ImageNotice.FILE_BAD, file, "there is no such file"));
        return false;
      }
      long size = Files.size(file);
      if (size != part.bytes()) {
        notices.add(Notice.of(ImageNotice.FILE_SIZE, file, part.bytes(), size));
        return false;
      }
      String sha = ImageFiles.sha256(file, done -> progress.at(part.file(), done, size));
      if (!sha.equals(part.sha256())) {
        notices.add(Notice.of(ImageNotice.FILE_CHANGED, file));
        return false;
      }
      notices.add(Notice.of(ImageNotice.FILE_GOOD, file, size));
      return true;
    } catch (IOException e) {
      notices.add(Notice.of(ImageNotice.FILE_BAD, file, ImageProblem.reason(e)));
      return false;
    }
  }

  private void partition(Manifest m, Manifest.Disk disk) {
    Path file = folder.resolve(disk.cluster().file());
    try {
      Superblock s = ClusterImage.look(file, m.id(), disk.bytes());
      String differs = "";
      if (s.cut().status() != disk.verdict()) {
        differs = "its cut is " + s.cut().status() + ", the manifest says " + disk.verdict();
      } else if (!ClusterImage.digest(s).equals(disk.digest())) {
        differs = "its digest is not the manifest's";
      } else if (!s.identity().diskId().equals(disk.diskId())) {
        differs = "it is of the mirror disk " + s.identity().diskId();
      } else if (disk.data().bytes() != disk.bytes()) {
        differs = "the data has " + disk.data().bytes() + " B, the mirror disk " + disk.bytes();
      }
      if (!differs.isEmpty()) {
        notices.add(Notice.of(ImageNotice.PARTITION_BAD, file, differs));
      }
    } catch (ImageProblem e) {
      notices.add(e.notice());
    }
  }
}
