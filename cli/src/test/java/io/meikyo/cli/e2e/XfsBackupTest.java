// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An online backup of a mounted xfs: its image is clean once its log was replayed, as always. */
@Timeout(600)
class XfsBackupTest {
  @Test
  void theImageIsTheSameOnBothServersAndClean() throws Exception {
    MountedDisk.assume("xfs");
    assumeThat(MountedDisk.has("fsfreeze")).as("fsfreeze is installed").isTrue();
    MountedDisk disk = MountedDisk.make("xfs", "noatime");
    Load load = new Load(disk.at, 2, 1, disk.pair::words);
    try {
      load.start();
      load.more(5, 30, "before the backup");
      Backup backup = new Backup(disk.pair, "md1");
      backup.freeze(50);
      Path image = backup.image();
      backup.good();
      load.more(5, 30, "after the backup");
      load.finish();

      Path at = Files.createDirectory(disk.pair.folder.resolve("copy"));
      disk.run("mount", "-t", "xfs", "-o", "loop,nouuid", image.toString(), at.toString());
      disk.run("umount", at.toString());
      disk.run("xfs_repair", "-n", "-f", image.toString());
    } finally {
      load.close();
      disk.close();
    }
  }
}
