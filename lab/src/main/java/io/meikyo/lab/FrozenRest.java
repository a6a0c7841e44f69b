// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab;

import io.meikyo.linux.Descriptors;
import io.meikyo.linux.Errno;
import io.meikyo.linux.Freezer;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What is left of a file system that was frozen when its server lost power. A machine of its own
 * loses it with its memory. Here the kernel is shared: it keeps a frozen file system, and the loop
 * device under it, for as long as it is frozen, also when its last mount is gone. The way back to
 * it is a new mount of the same device.
 */
final class FrozenRest {
  private static final Path KNOWN = Path.of("/sys/fs");
  private static final List<String> TYPES = List.of("ext4", "xfs");

  private FrozenRest() {}

  /**
   * Lets the kernel forget the file system on a device whose backing is dead; does nothing if there
   * is none. One caller for each device.
   *
   * @param at an empty folder for the moment; made if need be
   * @throws IOException the file system is there and cannot be let go
   */
  static void release(Path device, Path at) throws IOException {
    for (String type : TYPES) {
      Path known = KNOWN.resolve(type).resolve(String.valueOf(device.getFileName()));
      if (Files.exists(known)) {
        Files.createDirectories(at);
        thaw(device, type, at, known);
      }
    }
  }

  private static void thaw(Path device, String type, Path at, Path known) throws IOException {
    try {
      Mounts.mount(device.toString(), at, type, 0, "");
    } catch (LinuxException e) {
      if (!Files.exists(known)) {
        // It was not frozen, only on its way out.
        return;
      }
      throw e;
    }
    try {
      int folder = Descriptors.open(at, Descriptors.O_RDONLY);
      try {
        Freezer.thaw(folder);
      } catch (LinuxException e) {
        if (e.errno() != Errno.EINVAL) {
          throw e;
        }
        // It was not frozen.
      } finally {
        Descriptors.close(folder);
      }
    } finally {
      Mounts.unmount(at, Mounts.MNT_DETACH);
    }
  }
}
