// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * What the kernel says of an open file (statx(2), whose layout is the same on all machines).
 *
 * @param kind what it is
 * @param size bytes; 0 for a block device, see {@link BlockDevices#bytes}
 * @param inode its number on the file system
 * @param fileSystem device number of the file system that it is on
 * @param device device number of the device that it is; 0:0 if it is none
 */
public record FileStat(
    Kind kind, long size, long inode, DeviceNumber fileSystem, DeviceNumber device) {

  /** Kinds of files. */
  public enum Kind {
    /** Bytes on a file system. */
    REGULAR,
    /** A folder. */
    FOLDER,
    /** A disk, or a part of one. */
    BLOCK_DEVICE,
    /** A device that is a stream, such as /dev/fuse. */
    CHARACTER_DEVICE,
    /** A socket. */
    SOCKET,
    /** A pipe. */
    PIPE,
    /** Something else: a symbolic link, an eventfd. */
    OTHER
  }

  private static final int BYTES = 256;
  private static final int AT_FDCWD = -100;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int AT_STATX_DONT_SYNC = 0x4000;
  private static final int BASIC = 0x7ff;

  private static final MethodHandle STATX =
      Native.function(
          "statx",
          FunctionDescriptor.of(
              Native.INT, Native.INT, Native.POINTER, Native.INT, Native.INT, Native.POINTER));

  /**
   * Asks.
   *
   * @throws LinuxException EBADF; whatever the file system says (a stuck FUSE file system: never)
   */
  public static FileStat of(int fd) throws LinuxException {
    return of(fd, "", AT_EMPTY_PATH, fd);
  }

  /**
   * Asks for what the kernel has in memory, following symbolic links; the file system itself is not
   * asked if that can be helped.
   *
   * @throws LinuxException ENOENT, EACCES, ELOOP, ESRCH (below /proc)
   */
  public static FileStat of(Path path) throws LinuxException {
    return of(AT_FDCWD, path.toString(), AT_STATX_DONT_SYNC, path);
  }

  private static FileStat of(int fd, String path, int flags, Object object) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment stat = arena.allocate(BYTES, 8);
      LinuxException.check(
          Native.setUp(STATX, fd, arena.allocateFrom(path), flags, BASIC, stat), "statx", object);
      return new FileStat(
          kind(stat.get(Native.SHORT, 28)),
          stat.get(Native.LONG, 40),
          stat.get(Native.LONG, 32),
          new DeviceNumber(stat.get(Native.INT, 136), stat.get(Native.INT, 140)),
          new DeviceNumber(stat.get(Native.INT, 128), stat.get(Native.INT, 132)));
    }
  }

  private static Kind kind(short mode) {
    return switch (mode & 0xf000) {
      case 0x8000 -> Kind.REGULAR;
      case 0x4000 -> Kind.FOLDER;
      case 0x6000 -> Kind.BLOCK_DEVICE;
      case 0x2000 -> Kind.CHARACTER_DEVICE;
      case 0xc000 -> Kind.SOCKET;
      case 0x1000 -> Kind.PIPE;
      default -> Kind.OTHER;
    };
  }
}
