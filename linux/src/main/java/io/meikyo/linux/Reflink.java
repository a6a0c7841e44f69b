// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

/** Files that share their blocks until one of them is written: btrfs, and XFS made with reflink. */
public final class Reflink {
  private static final long FICLONE = 0x40049409L;

  private Reflink() {}

  /**
   * Makes a file show all the bytes that another one has at this instant; no bytes are copied.
   *
   * <p>The kernel locks the other file meanwhile, waits for direct I/O that is under way on it, and
   * writes out what its page cache holds; writes to it wait. It takes time by the number of its
   * extents, and cannot be interrupted.
   *
   * @param to open for writing, empty
   * @param from open for reading, on the same file system
   * @throws LinuxException EOPNOTSUPP, EINVAL (the file system has no reflinks, or no file), EXDEV
   *     (another file system), ENOSPC, EIO, ETXTBSY (used for swapping)
   */
  public static void clone(int to, int from) throws LinuxException {
    LinuxException.check(Ioctl.call(to, FICLONE, from), "ioctl FICLONE", to);
  }
}
