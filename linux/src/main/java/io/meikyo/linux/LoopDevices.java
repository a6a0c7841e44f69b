// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Loop devices: a file as a block device.
 *
 * <pre>
 *  struct loop_config, 304 bytes: 0 descriptor 4 | 4 block bytes 4 | 8 info | 240 reserved
 *  struct loop_info64, 232 bytes: 24 offset 8 | 32 size limit 8 | 40 number 4 | 52 flags 4
 *                                 56 name 64
 * </pre>
 */
public final class LoopDevices {
  private static final Path CONTROL = Path.of("/dev/loop-control");
  private static final Path SYS = Path.of("/sys/block");
  private static final long LOOP_CLR_FD = 0x4C01;
  private static final long LOOP_GET_STATUS64 = 0x4C05;
  private static final int STATUS64_BYTES = 232;
  private static final long LOOP_CONFIGURE = 0x4C0A;
  private static final long LOOP_CTL_GET_FREE = 0x4C82;
  private static final int LO_FLAGS_READ_ONLY = 1;
  private static final int LO_FLAGS_AUTOCLEAR = 4;
  private static final int LO_FLAGS_DIRECT_IO = 16;
  private static final int CONFIG_BYTES = 304;
  private static final int BLOCK_AT = 4;
  private static final int OFFSET_AT = 8 + 24;
  private static final int LIMIT_AT = 8 + 32;
  private static final int FLAGS_AT = 8 + 52;
  private static final int NAME_AT = 8 + 56;
  private static final int NAME_BYTES_MAX = 63;
  private static final int ATTEMPTS_MAX = 64;

  private LoopDevices() {}

  /**
   * How a file becomes a device.
   *
   * @param readOnly nobody writes
   * @param direct past the page cache; see {@link #isDirect}
   * @param autoClear it ends when its last user closes it
   * @param blockBytes logical block: 512 to 4096; 0: the kernel's choice
   * @param offset first byte of the file that is used
   * @param sizeLimit bytes; 0: up to the end of the file
   */
  public record Options(
      boolean readOnly,
      boolean direct,
      boolean autoClear,
      int blockBytes,
      long offset,
      long sizeLimit) {}

  /**
   * A device that is attached.
   *
   * @param device such as /dev/loop3
   * @param backing its file, as the kernel names it; " (deleted)" at the end if it is gone
   */
  public record Loop(Path device, String backing) {}

  /**
   * Makes a file a device: the first that is free.
   *
   * @param file a descriptor of it, for reading and (unless read-only) writing
   * @param name what the lists show, usually the file's path
   * @return its path; with autoClear the device is open: close {@code Attached.fd} when somebody
   *     else uses it
   * @throws LinuxException EPERM, ENOENT (no loop driver), EBUSY (all taken, in a race), EINVAL (a
   *     block size it cannot have), ENOTTY (kernel before 5.8)
   */
  public static Attached attach(int file, String name, Options options) throws LinuxException {
    int control = Descriptors.open(CONTROL, Descriptors.O_RDWR);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment config = config(arena, file, name, options);
      for (int attempt = 1; ; attempt++) {
        int number =
            LinuxException.check(
                Ioctl.call(control, LOOP_CTL_GET_FREE, 0), "ioctl LOOP_CTL_GET_FREE", CONTROL);
        Path device = Path.of("/dev/loop" + number);
        int mode = options.readOnly ? Descriptors.O_RDONLY : Descriptors.O_RDWR;
        int fd = Descriptors.open(device, mode);
        int result = Ioctl.call(fd, LOOP_CONFIGURE, config.address());
        if (result >= 0) {
          return new Attached(device, fd);
        }
        Descriptors.close(fd);
        // Somebody else was faster: the next free one.
        if (result != -Errno.EBUSY || attempt == ATTEMPTS_MAX) {
          throw new LinuxException("ioctl LOOP_CONFIGURE", result, device + " for " + name);
        }
      }
    } finally {
      Descriptors.close(control);
    }
  }

  /**
   * A device just attached.
   *
   * @param device its path
   * @param fd open on it: an auto-clearing device lives at least until this is closed
   */
  public record Attached(Path device, int fd) {}

  private static MemorySegment config(Arena arena, int file, String name, Options options) {
    MemorySegment config = arena.allocate(CONFIG_BYTES, 8);
    config.set(Native.INT, 0, file);
    config.set(Native.INT, BLOCK_AT, options.blockBytes);
    config.set(Native.LONG, OFFSET_AT, options.offset);
    config.set(Native.LONG, LIMIT_AT, options.sizeLimit);
    config.set(
        Native.INT,
        FLAGS_AT,
        (options.readOnly ? LO_FLAGS_READ_ONLY : 0)
            | (options.autoClear ? LO_FLAGS_AUTOCLEAR : 0)
            | (options.direct ? LO_FLAGS_DIRECT_IO : 0));
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(bytes.length, NAME_BYTES_MAX);
    MemorySegment.copy(bytes, 0, config, Native.BYTE, NAME_AT, length);
    return config;
  }

  /**
   * Detaches; while somebody uses the device it stays, and detaches itself at the last close.
   *
   * @throws LinuxException ENXIO (it is not attached), ENOENT, EPERM
   */
  public static void detach(Path device) throws LinuxException {
    int fd = Descriptors.open(device, Descriptors.O_RDONLY);
    try {
      LinuxException.check(Ioctl.call(fd, LOOP_CLR_FD, 0), "ioctl LOOP_CLR_FD", device);
    } finally {
      Descriptors.close(fd);
    }
  }

  /**
   * The file system on which the file of a device is. Loop devices are the whole machine's, while a
   * path may be another file in another mount namespace: this tells them apart.
   *
   * @throws LinuxException ENXIO (it is not attached), ENOENT, EPERM
   */
  public static DeviceNumber fileSystemOf(Path device) throws LinuxException {
    int fd = Descriptors.open(device, Descriptors.O_RDONLY);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(STATUS64_BYTES, 8);
      Ioctl.check(fd, LOOP_GET_STATUS64, status, "ioctl LOOP_GET_STATUS64");
      long number = status.get(Native.LONG, 0);
      int minor = (int) ((number & 0xff) | ((number >>> 12) & 0xfff00));
      return new DeviceNumber((int) ((number >>> 8) & 0xfff), minor);
    } finally {
      Descriptors.close(fd);
    }
  }

  /**
   * True if the device really goes past the page cache. The kernel quietly does not where the file
   * cannot, and then data lies in memory twice and can deadlock.
   */
  public static boolean isDirect(Path device) throws IOException {
    Path dio = sys(device).resolve("loop/dio");
    return Files.exists(dio) && Files.readString(dio).strip().equals("1");
  }

  /** All devices that are attached, by number. */
  public static List<Loop> all() throws IOException {
    List<Loop> loops = new ArrayList<>();
    try (DirectoryStream<Path> devices = Files.newDirectoryStream(SYS, "loop*")) {
      for (Path sys : devices) {
        String backing = backing(sys);
        if (backing != null) {
          String name = String.valueOf(sys.getFileName());
          loops.add(new Loop(Path.of("/dev", name), backing));
        }
      }
    }
    loops.sort(Comparator.comparingInt(loop -> number(loop.device)));
    return loops;
  }

  /** What /sys says; null if it is not attached, or just being detached. */
  private static @Nullable String backing(Path sys) {
    try {
      Path file = sys.resolve("loop/backing_file");
      return Files.exists(file) ? Files.readString(file).strip() : null;
    } catch (IOException e) {
      return null;
    }
  }

  /** The devices on a file, found by its real path. */
  public static List<Loop> of(Path file) throws IOException {
    String real = (Files.exists(file) ? file.toRealPath() : file.toAbsolutePath()).toString();
    return all().stream().filter(loop -> loop.backing.equals(real)).toList();
  }

  private static int number(Path device) {
    return Integer.parseInt(device.toString().replaceAll("\\D", ""));
  }

  private static Path sys(Path device) {
    return SYS.resolve(String.valueOf(device.getFileName()));
  }
}
