// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a file or device really stands, and who else uses it: what the kernel tells under /sys and
 * /proc. Loop devices and partitions are followed down to the file or disk under them;
 * device-mapper volumes are not, they count as disks of their own.
 */
final class DeviceUse {

  /**
   * A range of a file or of a whole disk.
   *
   * @param base the file (device and inode) or the disk (device number)
   * @param start first byte
   * @param end one past the last byte
   */
  record Extent(String base, long start, long end) {
    boolean overlaps(Extent other) {
      return base.equals(other.base) && start < other.end && other.start < end;
    }
  }

  private static final Path SYS = Path.of("/sys/dev/block");
  private static final int DEPTH_MAX = 8;

  private DeviceUse() {}

  /** Where the bytes of a path are. */
  static Extent extent(Path path, long size) throws IOException {
    return Files.isRegularFile(path)
        ? new Extent("file " + Files.getAttribute(path, "unix:dev") + ":" + inode(path), 0, size)
        : resolve(deviceNumber(path), 0, size, 0);
  }

  private static Extent resolve(String device, long start, long size, int depth)
      throws IOException {
    Path sys = SYS.resolve(device);
    Path backing = sys.resolve("loop/backing_file");
    if (depth < DEPTH_MAX && Files.exists(backing)) {
      Path file = Path.of(Files.readString(backing).strip());
      long offset = start + Long.parseLong(Files.readString(sys.resolve("loop/offset")).strip());
      if (Files.isRegularFile(file)) {
        Extent whole = extent(file, Files.size(file));
        return new Extent(whole.base, offset, offset + size);
      }
      return Files.exists(file)
          ? resolve(deviceNumber(file), offset, size, depth + 1)
          : new Extent("device " + device, start, start + size);
    }
    if (depth < DEPTH_MAX && Files.exists(sys.resolve("partition"))) {
      long sectors = Long.parseLong(Files.readString(sys.resolve("start")).strip());
      String disk = Files.readString(sys.toRealPath().resolve("../dev")).strip();
      return resolve(disk, start + sectors * 512, size, depth + 1);
    }
    return new Extent("device " + device, start, start + size);
  }

  private static Object inode(Path path) throws IOException {
    return Files.getAttribute(path, "unix:ino");
  }

  /** Device number as the kernel prints it, {@code major:minor}. */
  private static String deviceNumber(Path path) throws IOException {
    if (!(Files.getAttribute(path, "unix:rdev") instanceof Long rdev)) {
      throw new IOException("no device number: " + path);
    }
    long major = ((rdev >>> 8) & 0xfff) | ((rdev >>> 32) & ~0xfffL);
    long minor = (rdev & 0xff) | ((rdev >>> 12) & ~0xffL & 0xffffffffL);
    return major + ":" + minor;
  }

  /** Where a device is mounted or used as swap; null if nowhere. Regular files: null. */
  static @Nullable String mountedAt(Path path) throws IOException {
    if (Files.isRegularFile(path)) {
      return null;
    }
    String device = deviceNumber(path);
    for (String line : lines(Path.of("/proc/self/mountinfo"))) {
      String[] words = line.split(" ", -1);
      if (words.length > 4 && words[2].equals(device)) {
        return words[4];
      }
    }
    for (String line : lines(Path.of("/proc/swaps"))) {
      if (line.startsWith(path.toRealPath() + " ")) {
        return "swap";
      }
    }
    return null;
  }

  /** Name of a device that is built on this one (LVM, RAID, device-mapper); null if none is. */
  static @Nullable String heldBy(Path path) throws IOException {
    if (Files.isRegularFile(path)) {
      return null;
    }
    Path holders = SYS.resolve(deviceNumber(path)).resolve("holders");
    if (!Files.isDirectory(holders)) {
      return null;
    }
    try (DirectoryStream<Path> all = Files.newDirectoryStream(holders)) {
      for (Path holder : all) {
        return String.valueOf(holder.getFileName());
      }
    }
    return null;
  }

  private static List<String> lines(Path file) throws IOException {
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }
}
