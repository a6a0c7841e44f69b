// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Locks that belong to the open file, not to the process: closing another descriptor of the same
 * file does not lose them, and they end with the last descriptor of the open file.
 */
public final class FileLocks {
  private static final int LOCK_SH = 1;
  private static final int LOCK_EX = 2;
  private static final int LOCK_NB = 4;
  private static final int LOCK_UN = 8;
  private static final int F_OFD_SETLK = 37;
  private static final short F_RDLCK = 0;
  private static final short F_WRLCK = 1;
  private static final short F_UNLCK = 2;

  private static final MethodHandle FLOCK =
      Native.function("flock", FunctionDescriptor.of(Native.INT, Native.INT, Native.INT));

  private FileLocks() {}

  /**
   * Locks the whole file for this open file alone, or together with other readers (flock(2)); udev
   * and partitioning tools respect it on block devices. It does not see POSIX locks.
   *
   * @return 0, or -EAGAIN: somebody else has it
   * @throws LinuxException EBADF, ENOLCK
   */
  public static int flock(int fd, boolean alone) throws LinuxException {
    int result = Native.setUp(FLOCK, fd, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB);
    return result == -Errno.EAGAIN ? result : LinuxException.check(result, "flock", fd);
  }

  /**
   * Gives the flock back.
   *
   * @throws LinuxException EBADF
   */
  public static void unflock(int fd) throws LinuxException {
    LinuxException.check(Native.setUp(FLOCK, fd, LOCK_UN), "flock", fd);
  }

  /**
   * Locks the whole file with an open-file-description lock, which keeps out POSIX locks too (those
   * of Java's FileChannel among them).
   *
   * @param alone true: nobody else, needs a descriptor for writing; false: other readers may
   * @return 0, or -EAGAIN: somebody else has it
   * @throws LinuxException EBADF: not open for this
   */
  public static int lock(int fd, boolean alone) throws LinuxException {
    int result = record(fd, alone ? F_WRLCK : F_RDLCK);
    // EACCES means the same as EAGAIN, says fcntl(2).
    return result == -Errno.EAGAIN || result == -Errno.EACCES
        ? -Errno.EAGAIN
        : LinuxException.check(result, "fcntl F_OFD_SETLK", fd);
  }

  /**
   * Gives the lock of {@link #lock} back.
   *
   * @throws LinuxException EBADF
   */
  public static void unlock(int fd) throws LinuxException {
    LinuxException.check(record(fd, F_UNLCK), "fcntl F_OFD_SETLK", fd);
  }

  private static int record(int fd, short type) {
    try (Arena arena = Arena.ofConfined()) {
      // struct flock: type, whence (0: from the start), start 0, length 0 (to the end), pid 0
      MemorySegment flock = arena.allocate(32, 8);
      flock.set(Native.SHORT, 0, type);
      return Descriptors.fcntl(fd, F_OFD_SETLK, flock.address());
    }
  }
}
