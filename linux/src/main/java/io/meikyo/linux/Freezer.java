// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Stops and restarts the writing of a whole file system.
 *
 * <p>Who freezes must not touch the frozen file system afterwards (no log, no class loading from
 * it), or waits for itself; and somebody must thaw it if the owner dies.
 */
public final class Freezer {
  private static final long FIFREEZE = 0xC0045877L;
  private static final long FITHAW = 0xC0045878L;
  private static final MethodHandle SYNCFS =
      Native.function("syncfs", FunctionDescriptor.of(Native.INT, Native.INT));

  private Freezer() {}

  /**
   * Writes out everything of the file system. Do it just before a freeze: writers then wait a tenth
   * of the time.
   *
   * @param folder a descriptor of any file or folder on it
   * @throws LinuxException EIO, ENOSPC: a write was lost
   */
  public static void sync(int folder) throws LinuxException {
    LinuxException.check(Native.setUp(SYNCFS, folder), "syncfs", folder);
  }

  /**
   * Freezes: what was written is on the disk and consistent, writers wait.
   *
   * @param folder a descriptor of any file or folder on it
   * @throws LinuxException EBUSY (frozen already), EOPNOTSUPP (cannot be), EPERM
   */
  public static void freeze(int folder) throws LinuxException {
    Ioctl.check(folder, FIFREEZE, MemorySegment.NULL, "ioctl FIFREEZE");
  }

  /**
   * Thaws.
   *
   * @param folder a descriptor of any file or folder on it
   * @throws LinuxException EINVAL (not frozen), EPERM
   */
  public static void thaw(int folder) throws LinuxException {
    Ioctl.check(folder, FITHAW, MemorySegment.NULL, "ioctl FITHAW");
  }
}
