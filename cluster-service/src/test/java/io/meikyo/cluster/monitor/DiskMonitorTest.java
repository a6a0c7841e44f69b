// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.cluster.real.LoopDisk;
import io.meikyo.cluster.real.Space;
import io.meikyo.linux.Descriptors;
import io.meikyo.linux.Freezer;
import io.meikyo.linux.Mounts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class DiskMonitorTest {
  @TempDir private Path folder;

  private static DiskMonitor monitor(Path path) {
    return new DiskMonitor(new DiskMonitor.Settings("disk1", path));
  }

  @Test
  void aDeviceIsRead() throws Exception {
    try (LoopDisk disk = new LoopDisk(folder.resolve("image"), 8 << 20)) {
      for (int i = 0; i < 5; i++) {
        Looks.ok(monitor(disk.device()).check(Looks.context()), MonitorNotice.DISK_OK);
      }
    }
  }

  @Test
  void aFolderIsWrittenTo() throws Exception {
    Looks.ok(monitor(folder).check(Looks.context()), MonitorNotice.DISK_OK);
    assertThat(Files.size(folder.resolve(".meikyo-disk1"))).isEqualTo(4096);
    Looks.ok(monitor(folder).check(Looks.context()), MonitorNotice.DISK_OK);
    assertThat(Files.size(folder.resolve(".meikyo-disk1"))).isEqualTo(4096);
  }

  @Test
  void whatIsNotThereFails() {
    MonitorResult result = monitor(folder.resolve("none")).check(Looks.context());
    Looks.failed(result, MonitorNotice.DISK_FAILED);
    assertThat(result.notice().toString()).contains("No such file or directory");
  }

  @Test
  void aFullDiskFails() throws Exception {
    try (Space space = new Space()) {
      space.run("mount", "-t", "tmpfs", "-o", "size=64k", "full", folder.toString());
      space.run("sh", "-c", "dd if=/dev/zero of=" + folder + "/fill bs=4k count=16 2>/dev/null");
      MonitorResult result = space.call(() -> monitor(folder).check(Looks.context()));
      Looks.failed(result, MonitorNotice.DISK_FAILED);
      assertThat(result.notice().toString()).contains("No space left on device");
      space.run("umount", folder.toString());
    }
  }

  @Test
  void aDiskThatHangsHoldsUpOneChildAndNotUs() throws Exception {
    try (LoopDisk disk = new LoopDisk(folder.resolve("image"), 32 << 20);
        Space space = new Space()) {
      disk.format("ext4");
      Path point = Files.createDirectory(folder.resolve("mnt"));
      DiskMonitor monitor = monitor(point);
      int fd =
          space.call(() -> {
            Mounts.mount(disk.device().toString(), point, "ext4", 0, "");
            return Descriptors.open(point, Descriptors.O_RDONLY | Descriptors.O_DIRECTORY);
          });
      try {
        Looks.ok(space.call(() -> monitor.check(Looks.context())), MonitorNotice.DISK_OK);
        // Frozen, every writer hangs in the kernel, where no signal reaches it.
        Freezer.freeze(fd);
        try {
          Looks.is(
              space.call(() -> monitor.check(Looks.context(Duration.ofMillis(500)))),
              MonitorResult.Found.TIMEOUT,
              MonitorNotice.TIMED_OUT);
          MonitorResult second =
              space.call(() -> monitor.check(Looks.context(Duration.ofMillis(500))));
          Looks.failed(second, MonitorNotice.DISK_HANGS);
        } finally {
          Freezer.thaw(fd);
        }
        Looks.eventually(() -> {
          try {
            return space.call(() -> monitor.check(Looks.context())).found()
                == MonitorResult.Found.OK;
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
      } finally {
        Descriptors.close(fd);
        space.call(() -> {
          Mounts.unmount(point, Mounts.MNT_DETACH);
          return 0;
        });
      }
    }
  }
}
