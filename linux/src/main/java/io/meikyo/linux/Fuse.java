// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The kernel's side of a FUSE file system: the device, the mount, and what can be done from outside
 * when its server hangs.
 */
public final class Fuse {
  private static final Path DEVICE = Path.of("/dev/fuse");
  private static final Path CONTROL = Path.of("/sys/fs/fuse/connections");

  private Fuse() {}

  /**
   * A new /dev/fuse, not bound to a mount yet; reading it does not block.
   *
   * @throws LinuxException ENOENT, ENODEV (no FUSE in this kernel), EACCES
   */
  public static int open() throws LinuxException {
    return Descriptors.open(DEVICE, Descriptors.O_RDWR | Descriptors.O_NONBLOCK);
  }

  /**
   * Mounts a file system that is served over the descriptor, root only, without devices and
   * set-user-id bits.
   *
   * @param fuse from {@link #open}
   * @param name what the lists of mounts show
   * @param folder true if its root is a folder; false: the mount point is a file and the file
   *     system is one file
   * @param readBytesMax most bytes of one read
   * @return its device number: note it now, for {@link #abort}; asking a stuck mount for it hangs
   * @throws IOException as {@link Mounts#mount}
   */
  public static DeviceNumber mount(
      int fuse, String name, Path target, boolean folder, int readBytesMax) throws IOException {
    String options =
        "fd="
            + fuse
            + ",rootmode="
            + (folder ? "40000" : "100000")
            + ",user_id=0,group_id=0,allow_other,max_read="
            + readBytesMax;
    Mounts.mount(name, target, "fuse." + name, Mounts.MS_NOSUID | Mounts.MS_NODEV, options);
    // The list of mounts asks nothing of the file system, whose server may not run yet.
    Path real = target.toAbsolutePath().normalize();
    return Mounts.all().reversed().stream()
        .filter(mounted -> mounted.at().equals(real))
        .findFirst()
        .orElseThrow(() -> new IOException("the mount is not listed: " + real))
        .device();
  }

  /**
   * Makes every request of the file system fail now and for ever (ECONNABORTED): what waits for a
   * server that hangs goes on with an error. Mounts the control file system first if need be.
   *
   * @param device of the file system
   * @return false if there is no such connection (any more)
   */
  public static boolean abort(DeviceNumber device) throws IOException {
    Path file = control(device).resolve("abort");
    if (!Files.exists(file)) {
      return false;
    }
    Files.writeString(file, "1");
    return true;
  }

  /**
   * True if the connection of a descriptor is over: it was unmounted or aborted, and its number may
   * be another one's by now.
   *
   * @param fuse from {@link #open}, mounted since
   */
  public static boolean isOver(int fuse) {
    try (Poll poll = new Poll()) {
      int number = poll.add(fuse, 0);
      return poll.await(0) > 0 && (poll.events(number) & Poll.POLLERR) != 0;
    }
  }

  /** Requests that wait for the server; -1 if there is no such connection. */
  public static int waiting(DeviceNumber device) throws IOException {
    Path file = control(device).resolve("waiting");
    return Files.exists(file) ? Integer.parseInt(Files.readString(file).strip()) : -1;
  }

  private static Path control(DeviceNumber device) throws IOException {
    try (var some = Files.list(CONTROL)) {
      if (some.findAny().isEmpty()
          && Mounts.all().stream().noneMatch(mounted -> mounted.type().equals("fusectl"))) {
        Mounts.mount("fusectl", CONTROL, "fusectl", 0, "");
      }
    }
    // The kernel names a connection by its device number as it keeps it: 12 bits, then 20 bits.
    int number = (device.major() << 20) | device.minor();
    return CONTROL.resolve(Integer.toUnsignedString(number));
  }
}
