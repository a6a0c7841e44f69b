// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab;

import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The disks of a lab's servers as images on this machine. Methods block. */
public final class LabImages {
  private final LabFolder folder;
  private final Consumer<Notice> says;

  LabImages(LabFolder folder, Consumer<Notice> says) {
    this.folder = folder;
    this.says = says;
  }

  private boolean isOn(LabPlan plan, int number) throws IOException {
    return new LabServer(folder, plan, new LabNet(folder, plan), number).isOn();
  }

  /**
   * Compares the data images of all servers, which must be at rest.
   *
   * @return what differs; null if nothing does
   */
  public @Nullable String compareImages() throws LabProblem, IOException, InterruptedException {
    LabPlan plan = folder.plan();
    for (int s = 2; s <= plan.servers(); s++) {
      Shell.Result result =
          Shell.attempt(
              List.of(
                  "cmp",
                  "--bytes=" + plan.bytes(),
                  folder.disk(1, "data").toString(),
                  folder.disk(s, "data").toString()));
      if (result.status() != 0) {
        return result.output().strip();
      }
    }
    return null;
  }

  /** Checks the file system on a server's data image, which must be at rest. */
  public void checkImage(String name) throws LabProblem, IOException, InterruptedException {
    Shell.run("e2fsck", "-f", "-n", folder.disk(folder.plan().number(name), "data").toString());
  }

  /** The image of a partition on this machine. */
  public Path diskPath(String name, String mirror, String partition)
      throws LabProblem, IOException {
    LabPlan.checkMirror(mirror);
    return folder.disk(folder.plan().number(name), partition);
  }

  /** The image of a partition in a snapshot, on this machine. */
  public Path snapshotPath(String name, String partition) throws LabProblem, IOException {
    Path folderOf = folder.snapshot(name);
    if (!Files.isDirectory(folderOf)) {
      throw new LabProblem(LabNotice.NO_SNAPSHOT, name, String.join(", ", folder.snapshots()));
    }
    return folderOf.resolve(partition + ".img");
  }

  /** Keeps both images of a server as they are now. */
  public void snapshot(String name, String mirror, String as)
      throws LabProblem, IOException, InterruptedException {
    LabPlan.checkMirror(mirror);
    int number = folder.plan().number(name);
    Path to = folder.snapshot(as);
    if (Files.exists(to)) {
      throw new LabProblem(LabNotice.SNAPSHOT_EXISTS, as);
    }
    Files.createDirectories(to);
    for (String partition : LabDisk.PARTITIONS) {
      Shell.run(
          "cp",
          "--reflink=auto",
          "--sparse=never",
          folder.disk(number, partition).toString(),
          to.resolve(partition + ".img").toString());
    }
    says.accept(Notice.of(LabNotice.SNAPSHOT, as, name, "cp"));
  }

  /** A folder in which servers can leave backups; goes with the lab. */
  public Path backups() throws IOException {
    return Files.createDirectories(folder.snapshot("backups"));
  }

  /** Keeps images that somebody else has taken, as if it were a snapshot of ours. */
  public void adopt(String as, Path data, Path cluster)
      throws LabProblem, IOException, InterruptedException {
    Path to = folder.snapshot(as);
    if (Files.exists(to)) {
      throw new LabProblem(LabNotice.SNAPSHOT_EXISTS, as);
    }
    Files.createDirectories(to);
    Files.move(data, to.resolve("data.img"));
    Files.move(cluster, to.resolve("cluster.img"));
  }

  /** Puts the images of a snapshot in the place of a server's disk, which must be off. */
  public void replace(String name, String mirror, String from)
      throws LabProblem, IOException, InterruptedException {
    LabPlan.checkMirror(mirror);
    LabPlan plan = folder.plan();
    int number = plan.number(name);
    if (isOn(plan, number)) {
      throw new LabProblem(LabNotice.STILL_ON, name);
    }
    Path source = folder.snapshot(from);
    if (!Files.isDirectory(source)) {
      throw new LabProblem(LabNotice.NO_SNAPSHOT, from, String.join(", ", folder.snapshots()));
    }
    // One that took itself down has left its disks on: what they still do would be done to these.
    String _ = new LabDisk(folder, plan, number).off();
    for (String partition : LabDisk.PARTITIONS) {
      Path image = source.resolve(partition + ".img");
      Path disk = folder.disk(number, partition);
      if (Files.size(image) != Files.size(disk)) {
        throw new LabProblem(LabNotice.SIZE_DIFFERS, from, name);
      }
    }
    for (String partition : LabDisk.PARTITIONS) {
      Shell.run(
          "cp",
          "--reflink=auto",
          "--sparse=never",
          source.resolve(partition + ".img").toString(),
          folder.disk(number, partition).toString());
    }
    says.accept(Notice.of(LabNotice.REPLACED, name, mirror, from));
  }
}
