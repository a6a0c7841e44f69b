// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import io.meikyo.agent.snapshot.StandsOn;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.MirrorDisk;
import io.meikyo.core.cluster.config.ResourceSettings;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where images may be written to: not on a mirror disk, and not where a mirror disk's file system
 * is mounted when its group comes. Any thread.
 */
final class Places {
  private final Supplier<@Nullable ClusterConfig> config;

  /**
   * By what is configured.
   *
   * @param config null: nothing is known of mirror disks and mounts
   */
  Places(Supplier<@Nullable ClusterConfig> config) {
    this.config = config;
  }

  /**
   * What speaks against a folder.
   *
   * @param needed bytes that it must have room for
   */
  List<Notice> against(Path folder, long needed) {
    List<Notice> all = new ArrayList<>();
    if (!folder.isAbsolute()) {
      all.add(Notice.of(ImageNotice.FOLDER_NOT_ABSOLUTE, folder));
      return all;
    }
    Path real;
    try {
      real = folder.toRealPath();
      if (!Files.isDirectory(real)) {
        all.add(Notice.of(ImageNotice.FOLDER_BAD, folder, "it is no folder"));
        return all;
      }
      mirrors(folder, real, all);
      if (all.isEmpty()) {
        Files.delete(Files.createTempFile(real, ".meikyo-", ".try"));
        long free = Files.getFileStore(real).getUsableSpace();
        if (free < needed) {
          all.add(Notice.of(ImageNotice.NO_ROOM, folder, needed, free));
        }
      }
    } catch (IOException e) {
      all.add(Notice.of(ImageNotice.FOLDER_BAD, folder, ImageProblem.reason(e)));
    }
    return all;
  }

  private void mirrors(Path folder, Path real, List<Notice> all) {
    ClusterConfig known = config.get();
    if (known == null) {
      return;
    }
    for (MirrorDisk disk : known.mirrors()) {
      if (StandsOn.device(real, Path.of(disk.device()))) {
        all.add(Notice.of(ImageNotice.FOLDER_ON_MIRROR, folder, disk.name()));
      }
    }
    if (!all.isEmpty()) {
      return;
    }
    for (var group : known.groups()) {
      for (var resource : group.resources()) {
        if (resource.settings() instanceof ResourceSettings.Fs fs
            && real.startsWith(Path.of(fs.mount()))) {
          all.add(Notice.of(ImageNotice.FOLDER_UNDER_MOUNT, folder, fs.mount()));
        }
      }
    }
  }
}
