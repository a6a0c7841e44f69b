// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import io.meikyo.linux.DeviceNumber;
import io.meikyo.linux.FileStat;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.Mounts;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Whether a folder lies on a block device, however far below: a file system on it, on a part of it,
 * on a volume over it, or on a loop device over a file in such a one. By what /sys and /proc say;
 * the file systems themselves are not asked, since one may be frozen.
 */
public final class StandsOn {
  private static final Path SYS = Path.of("/sys/dev/block");
  private static final int DEPTH_MAX = 8;

  private StandsOn() {}

  /**
   * Asks. Blocks for a moment; any thread.
   *
   * @param device null: there is none, and nothing stands on it
   * @return true also if it cannot be known
   */
  public static boolean device(Path folder, @Nullable Path device) {
    if (device == null) {
      return false;
    }
    try {
      DeviceNumber below = FileStat.of(device).device();
      return reaches(FileStat.of(folder).fileSystem(), below, 0);
    } catch (LinuxException e) {
      return false; // no such device any more, or no such folder, which is refused by itself
    } catch (IOException e) {
      return true; // not known: the safe side
    }
  }

  private static boolean reaches(DeviceNumber from, DeviceNumber to, int depth) throws IOException {
    if (from.equals(to)) {
      return true;
    }
    if (depth == DEPTH_MAX) {
      return false;
    }
    if (from.major() == 0) {
      DeviceNumber source = source(from);
      return source != null && reaches(source, to, depth + 1);
    }
    Path sys = SYS.resolve(from.toString());
    if (Files.exists(sys.resolve("partition"))
        && reaches(number(sys.toRealPath().resolve("../dev")), to, depth + 1)) {
      return true;
    }
    Path slaves = sys.resolve("slaves");
    if (Files.isDirectory(slaves)) {
      try (DirectoryStream<Path> all = Files.newDirectoryStream(slaves)) {
        for (Path slave : all) {
          if (reaches(number(slave.resolve("dev")), to, depth + 1)) {
            return true;
          }
        }
      }
    }
    Path backing = sys.resolve("loop/backing_file");
    return Files.exists(backing) && reaches(holder(backing), to, depth + 1);
  }

  /** Of the file below a loop device: the file system that it is on, or the device that it is. */
  private static DeviceNumber holder(Path backing) throws IOException {
    FileStat file = FileStat.of(Path.of(Files.readString(backing).strip()));
    return file.kind() == FileStat.Kind.BLOCK_DEVICE ? file.device() : file.fileSystem();
  }

  private static DeviceNumber number(Path dev) throws IOException {
    String[] parts = Files.readString(dev).strip().split(":", -1);
    return new DeviceNumber(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
  }

  /** A file system with a number of its own, such as btrfs, names the device that it is from. */
  private static @Nullable DeviceNumber source(DeviceNumber fileSystem) throws IOException {
    for (Mounts.Mounted m : Mounts.all()) {
      if (m.device().equals(fileSystem) && m.source().startsWith("/dev/")) {
        return FileStat.of(Path.of(m.source())).device();
      }
    }
    return null;
  }
}
