// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A watchdog device: from {@link #open} on it resets the machine unless {@link #keepAlive} is
 * called within each timeout. Any thread.
 *
 * <pre>
 *  struct watchdog_info  0 options 4 | 4 firmware 4 | 8 name 32
 * </pre>
 */
public final class Watchdog implements AutoCloseable {
  private static final long GET_SUPPORT = 0x80285700L;
  private static final long KEEP_ALIVE = 0x80045705L;
  private static final long SET_TIMEOUT = 0xC0045706L;
  private static final int MAGIC_CLOSE = 0x0100;
  private static final int INFO_BYTES = 40;

  private final int fd;
  private final Path device;
  private boolean closed;

  private Watchdog(int fd, Path device) {
    this.fd = fd;
    this.device = device;
  }

  /**
   * Opens it, and so starts its clock.
   *
   * @param device such as /dev/watchdog0
   * @throws LinuxException ENOENT, EBUSY (somebody else has it, such as the service manager),
   *     EACCES
   */
  public static Watchdog open(Path device) throws LinuxException {
    return new Watchdog(Descriptors.open(device, Descriptors.O_WRONLY), device);
  }

  /**
   * What it is.
   *
   * @param name such as {@code Software Watchdog}
   * @param stops true if it can be stopped by an orderly {@link #stop}
   */
  public record Model(String name, boolean stops) {}

  /**
   * Asks what it is.
   *
   * @throws LinuxException ENOTTY: not a watchdog
   */
  public Model model() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(INFO_BYTES + 1L, 8);
      Ioctl.check(fd, GET_SUPPORT, info, "ioctl WDIOC_GETSUPPORT");
      boolean stops = (info.get(Native.INT, 0) & MAGIC_CLOSE) != 0;
      return new Model(info.getString(8, StandardCharsets.US_ASCII), stops);
    }
  }

  /**
   * Sets how long it waits.
   *
   * @return s that it really took
   * @throws LinuxException EINVAL (too long or too short for it), EOPNOTSUPP, ENOTTY
   */
  public int timeout(int seconds) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocateFrom(Native.INT, seconds);
      Ioctl.check(fd, SET_TIMEOUT, value, "ioctl WDIOC_SETTIMEOUT");
      return value.get(Native.INT, 0);
    }
  }

  /**
   * Starts its timeout anew.
   *
   * @throws LinuxException ENOTTY: not a watchdog
   */
  public void keepAlive() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      Ioctl.check(fd, KEEP_ALIVE, arena.allocate(Native.INT), "ioctl WDIOC_KEEPALIVE");
    }
  }

  /** Stops it, if it can be stopped, and gives it back. */
  public synchronized void stop() throws LinuxException {
    if (closed) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment magic = arena.allocate(1);
      magic.set(Native.BYTE, 0, (byte) 'V');
      LinuxException.check(Descriptors.write(fd, magic), "write", device);
    } finally {
      close();
    }
  }

  /** Gives it back without stopping it: unless it is opened again in time, the machine resets. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      Descriptors.close(fd);
    }
  }
}
