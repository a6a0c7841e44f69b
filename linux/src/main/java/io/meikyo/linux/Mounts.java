// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Mounting and unmounting, and what is mounted. */
public final class Mounts {
  /** mount: nobody writes to it. */
  public static final long MS_RDONLY = 1;

  /** mount: set-user-id bits are ignored. */
  public static final long MS_NOSUID = 2;

  /** mount: device files are only files. */
  public static final long MS_NODEV = 4;

  /** mount: nothing on it is executed. */
  public static final long MS_NOEXEC = 8;

  /** mount: with all mounts below it. */
  public static final long MS_REC = 0x4000;

  /** mount: what is mounted there is seen in this namespace alone. */
  public static final long MS_PRIVATE = 1 << 18;

  /** mount: reading does not note the time. */
  public static final long MS_NOATIME = 1024;

  /** unmount: abort what is under way (network and FUSE file systems), data may be lost. */
  public static final int MNT_FORCE = 1;

  /** unmount: take it out of sight now, end it when nobody uses it any more. */
  public static final int MNT_DETACH = 2;

  /** unmount: do not follow a symbolic link. */
  public static final int UMOUNT_NOFOLLOW = 8;

  private static final MethodHandle MOUNT =
      Native.function(
          "mount",
          FunctionDescriptor.of(
              Native.INT,
              Native.POINTER,
              Native.POINTER,
              Native.POINTER,
              Native.LONG,
              Native.POINTER));
  private static final MethodHandle UMOUNT2 =
      Native.function("umount2", FunctionDescriptor.of(Native.INT, Native.POINTER, Native.INT));

  private Mounts() {}

  /**
   * A line of a process's list of mounts.
   *
   * @param device its device number
   * @param at where it is mounted
   * @param type its file system's name
   * @param source what it was mounted from
   * @param readOnly nobody can write to it, be it by this mount or by the file system itself
   */
  public record Mounted(
      DeviceNumber device, Path at, String type, String source, boolean readOnly) {}

  /**
   * mount(2).
   *
   * @param source a device, or a name for the lists
   * @param type such as {@code ext4}
   * @param flags MS_ constants
   * @param options the file system's own, with commas between
   * @throws LinuxException EPERM, ENOENT, ENOTDIR, EBUSY (mounted already), ENODEV (the kernel does
   *     not know the file system), EINVAL (no such file system on it, or a bad option), EROFS,
   *     EUCLEAN (117: it is damaged)
   */
  public static void mount(String source, Path target, String type, long flags, String options)
      throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      LinuxException.check(
          Native.setUp(
              MOUNT,
              arena.allocateFrom(source),
              arena.allocateFrom(target.toString()),
              arena.allocateFrom(type),
              flags,
              options.isEmpty() ? MemorySegment.NULL : arena.allocateFrom(options)),
          "mount",
          source + " on " + target);
    }
  }

  /**
   * umount2(2).
   *
   * @param flags 0, or MNT_ constants
   * @throws LinuxException EBUSY (somebody uses it), EINVAL (nothing is mounted there), ENOENT,
   *     EPERM
   */
  public static void unmount(Path target, int flags) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      LinuxException.check(
          Native.setUp(UMOUNT2, arena.allocateFrom(target.toString()), flags | UMOUNT_NOFOLLOW),
          "umount2",
          target);
    }
  }

  /** All mounts that the calling thread sees, in the order in which they were made. */
  public static List<Mounted> all() throws IOException {
    return in(Path.of("/proc/thread-self"));
  }

  /**
   * All mounts that a process sees.
   *
   * @param process its folder in /proc
   * @throws IOException also if it has ended
   */
  public static List<Mounted> in(Path process) throws IOException {
    List<Mounted> mounts = new ArrayList<>();
    for (String line : Files.readAllLines(process.resolve("mountinfo"))) {
      // 36 35 98:0 /root /mnt options optional-fields... - type source super-options
      String[] words = line.split(" ", -1);
      int dash = 6;
      while (dash < words.length && !words[dash].equals("-")) {
        dash++;
      }
      if (dash + 3 < words.length) {
        String[] device = words[2].split(":", -1);
        mounts.add(
            new Mounted(
                new DeviceNumber(Integer.parseInt(device[0]), Integer.parseInt(device[1])),
                Path.of(plain(words[4])),
                words[dash + 1],
                plain(words[dash + 2]),
                isReadOnly(words[5]) || isReadOnly(words[dash + 3])));
      }
    }
    return mounts;
  }

  private static boolean isReadOnly(String options) {
    return options.equals("ro") || options.startsWith("ro,");
  }

  /** Undoes the kernel's way of writing spaces and the like: a backslash and three octal digits. */
  private static String plain(String escaped) {
    if (escaped.indexOf('\\') < 0) {
      return escaped;
    }
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < escaped.length(); i++) {
      char c = escaped.charAt(i);
      if (c == '\\' && i + 3 < escaped.length()) {
        plain.append((char) Integer.parseInt(escaped.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        plain.append(c);
      }
    }
    return plain.toString();
  }
}
