// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/** Sizes and limits of block devices. */
public final class BlockDevices {
  private static final long BLKGETSIZE64 = 0x80081272L;
  private static final long BLKSSZGET = 0x1268;
  private static final long BLKPBSZGET = 0x127b;
  private static final long BLKDISCARD = 0x1277;
  private static final long BLKZEROOUT = 0x127f;
  private static final long BLKFLSBUF = 0x1261;

  private BlockDevices() {}

  /**
   * What a device can take in one request; bytes, 0: it cannot.
   *
   * @param discardMax most bytes of one discard
   * @param discardUnit bytes to which a discard should be aligned
   * @param zeroMax most bytes that it zeroes by itself
   * @param requestMax most bytes of one read or write before the kernel splits it
   * @param writeBack true if it has a cache that a flush must empty
   * @param fua true if it can make a single write durable by itself
   */
  public record Limits(
      long discardMax,
      long discardUnit,
      long zeroMax,
      long requestMax,
      boolean writeBack,
      boolean fua) {}

  /**
   * Size in bytes.
   *
   * @throws LinuxException ENOTTY: not a block device
   */
  public static long bytes(int fd) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(Native.LONG);
      Ioctl.check(fd, BLKGETSIZE64, value, "ioctl BLKGETSIZE64");
      return value.get(Native.LONG, 0);
    }
  }

  /**
   * Bytes of a logical block: what O_DIRECT must be aligned to.
   *
   * @throws LinuxException ENOTTY: not a block device
   */
  public static int logicalBlockBytes(int fd) throws LinuxException {
    return number(fd, BLKSSZGET, "ioctl BLKSSZGET");
  }

  /**
   * Bytes of a physical block: what is written at once, so that nothing must be read before.
   *
   * @throws LinuxException ENOTTY: not a block device
   */
  public static int physicalBlockBytes(int fd) throws LinuxException {
    return number(fd, BLKPBSZGET, "ioctl BLKPBSZGET");
  }

  private static int number(int fd, long request, String name) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(Native.INT);
      Ioctl.check(fd, request, value, name);
      return value.get(Native.INT, 0);
    }
  }

  /**
   * Discards a range; what is read from it afterwards is the device's affair.
   *
   * @throws LinuxException EOPNOTSUPP, EINVAL (not aligned), EIO, EBADF (not open for writing)
   */
  public static void discard(int fd, long offset, long length) throws LinuxException {
    range(fd, BLKDISCARD, offset, length, "ioctl BLKDISCARD");
  }

  /**
   * Writes zeros, by the device itself if it can.
   *
   * @throws LinuxException EINVAL (not aligned), EIO, ENOSPC, EBADF (not open for writing)
   */
  public static void zero(int fd, long offset, long length) throws LinuxException {
    range(fd, BLKZEROOUT, offset, length, "ioctl BLKZEROOUT");
  }

  private static void range(int fd, long request, long offset, long length, String name)
      throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment range = arena.allocate(16, 8);
      range.set(Native.LONG, 0, offset);
      range.set(Native.LONG, 8, length);
      Ioctl.check(fd, request, range, name);
    }
  }

  /**
   * Writes out and forgets what the page cache has of the device.
   *
   * @throws LinuxException EACCES, ENOTTY: not a block device
   */
  public static void dropCache(int fd) throws LinuxException {
    Ioctl.check(fd, BLKFLSBUF, MemorySegment.NULL, "ioctl BLKFLSBUF");
  }

  /** Reads the limits of a device, or of the disk that it is a part of, from /sys. */
  public static Limits limits(DeviceNumber device) throws IOException {
    Path block = Path.of("/sys/dev/block", device.toString());
    Path own = block.resolve("queue");
    // A symbolic link is followed before "..", so this is the folder above the real one.
    Path queue = Files.isDirectory(own) ? own : block.toRealPath().resolveSibling("queue");
    return new Limits(
        value(queue, "discard_max_bytes"),
        value(queue, "discard_granularity"),
        value(queue, "write_zeroes_max_bytes"),
        value(queue, "max_sectors_kb") << 10,
        Files.readString(queue.resolve("write_cache")).strip().equals("write back"),
        value(queue, "fua") == 1);
  }

  private static long value(Path folder, String name) throws IOException {
    Path file = folder.resolve(name);
    return Files.exists(file) ? Long.parseLong(Files.readString(file).strip()) : 0;
  }
}
