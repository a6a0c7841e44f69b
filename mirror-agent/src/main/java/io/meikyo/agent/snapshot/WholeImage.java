// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import io.meikyo.linux.BlockDevices;
import io.meikyo.linux.Descriptors;
import io.meikyo.linux.Errno;
import io.meikyo.linux.FileStat;
import io.meikyo.linux.LinuxException;
import java.nio.file.Path;

/** A file or block device that has all bytes of a mirror disk, opened for reading. */
final class WholeImage {
  private WholeImage() {}

  /**
   * Opens one, past the page cache if the file system can. Blocks.
   *
   * @param bytes it has at least so many
   * @throws NotTaken it is not there, is something else, or too small
   */
  static Taken.Image open(String mirror, String provider, Path path, long bytes) throws NotTaken {
    int fd = -1;
    try {
      fd = open(path);
      FileStat stat = FileStat.of(fd);
      long there =
          switch (stat.kind()) {
            case REGULAR -> stat.size();
            case BLOCK_DEVICE -> BlockDevices.bytes(fd);
            default -> -1;
          };
      if (there >= bytes) {
        return new Taken.Image(fd, path.toString());
      }
      Descriptors.close(fd);
      String why = there < 0 ? " is no file and no disk" : " has " + there + " B, not " + bytes;
      throw new NotTaken(mirror, provider, path + why);
    } catch (LinuxException e) {
      if (fd >= 0) {
        Descriptors.close(fd);
      }
      throw new NotTaken(mirror, provider, String.valueOf(e.getMessage()));
    }
  }

  private static int open(Path path) throws LinuxException {
    try {
      return Descriptors.open(path, Descriptors.O_RDONLY | Descriptors.O_DIRECT);
    } catch (LinuxException e) {
      if (e.errno() != Errno.EINVAL) {
        throw e;
      }
      return Descriptors.open(path, Descriptors.O_RDONLY);
    }
  }
}
