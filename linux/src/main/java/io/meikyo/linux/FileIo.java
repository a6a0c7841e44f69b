// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * Reading and writing files and block devices at an offset, past the page cache if they were opened
 * with O_DIRECT. All block until done; offsets and lengths in bytes.
 */
public final class FileIo {
  /** fallocate: do not change the size. */
  public static final int FALLOC_KEEP_SIZE = 1;

  /** fallocate: free the room, zeros are read; needs FALLOC_KEEP_SIZE. */
  public static final int FALLOC_PUNCH_HOLE = 2;

  /** fallocate: zeros are read, the room stays. */
  public static final int FALLOC_ZERO_RANGE = 16;

  /** pwritev2: this write is durable when it returns. */
  public static final int RWF_DSYNC = 2;

  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;

  private static final FunctionDescriptor AT_OFFSET =
      FunctionDescriptor.of(Native.LONG, Native.INT, Native.POINTER, Native.LONG, Native.LONG);
  private static final MethodHandle PREAD = Native.function("pread", AT_OFFSET);
  private static final MethodHandle PWRITE = Native.function("pwrite", AT_OFFSET);
  private static final MethodHandle PWRITEV2 =
      Native.function(
          "pwritev2",
          FunctionDescriptor.of(
              Native.LONG, Native.INT, Native.POINTER, Native.INT, Native.LONG, Native.INT));
  private static final MethodHandle FDATASYNC =
      Native.function("fdatasync", FunctionDescriptor.of(Native.INT, Native.INT));
  private static final MethodHandle FALLOCATE =
      Native.function(
          "fallocate",
          FunctionDescriptor.of(Native.INT, Native.INT, Native.INT, Native.LONG, Native.LONG));
  private static final MethodHandle FTRUNCATE =
      Native.function("ftruncate", FunctionDescriptor.of(Native.INT, Native.INT, Native.LONG));
  private static final MethodHandle LSEEK =
      Native.function(
          "lseek", FunctionDescriptor.of(Native.LONG, Native.INT, Native.LONG, Native.INT));

  private FileIo() {}

  /**
   * pread(2).
   *
   * @return bytes, fewer only at the end or after a signal; 0 behind the end; or -EINVAL (not
   *     aligned for O_DIRECT), -EIO, -EBADF, -EISDIR, -ESPIPE, -EINTR
   */
  public static int read(int fd, MemorySegment to, long offset) {
    MemorySegment state = Native.state();
    try {
      long done = (long) PREAD.invokeExact(state, fd, to, to.byteSize(), offset);
      return (int) Native.result(done, state);
    } catch (Throwable t) {
      throw Native.impossible(t);
    }
  }

  /**
   * pwrite(2).
   *
   * @return bytes, perhaps fewer than there are; or -EINVAL (not aligned for O_DIRECT), -EIO,
   *     -ENOSPC (also behind the end of a device), -EFBIG, -EBADF, -EPERM (a sealed or immutable
   *     file), -EINTR
   */
  public static int write(int fd, MemorySegment from, long offset) {
    MemorySegment state = Native.state();
    try {
      long done = (long) PWRITE.invokeExact(state, fd, from, from.byteSize(), offset);
      return (int) Native.result(done, state);
    } catch (Throwable t) {
      throw Native.impossible(t);
    }
  }

  /**
   * pwritev2(2) of one piece with RWF_DSYNC: what is returned as written is on stable storage.
   *
   * @param vector 16 bytes of memory for the call's own use
   * @return as {@link #write}, and -EOPNOTSUPP where the file knows no such flag
   */
  public static int writeDurably(int fd, MemorySegment from, long offset, MemorySegment vector) {
    MemorySegment state = Native.state();
    vector.set(Native.LONG, 0, from.address());
    vector.set(Native.LONG, 8, from.byteSize());
    try {
      long done = (long) PWRITEV2.invokeExact(state, fd, vector, 1, offset, RWF_DSYNC);
      return (int) Native.result(done, state);
    } catch (Throwable t) {
      throw Native.impossible(t);
    }
  }

  /**
   * fdatasync(2): the bytes, and what is needed to find them, are on stable storage.
   *
   * @return 0, or -EIO, -ENOSPC, -EDQUOT (an earlier write was lost; it is told once), -EBADF,
   *     -EINVAL (nothing that can be synchronised), -EROFS
   */
  public static int sync(int fd) {
    MemorySegment state = Native.state();
    try {
      return Native.result((int) FDATASYNC.invokeExact(state, fd), state);
    } catch (Throwable t) {
      throw Native.impossible(t);
    }
  }

  /**
   * fallocate(2).
   *
   * @param mode 0 to reserve room, or the FALLOC_ constants
   * @return 0, or -EOPNOTSUPP, -ENOSPC, -EINVAL, -EFBIG, -EIO, -EBADF, -ENODEV
   */
  public static int allocate(int fd, int mode, long offset, long length) {
    MemorySegment state = Native.state();
    try {
      return Native.result((int) FALLOCATE.invokeExact(state, fd, mode, offset, length), state);
    } catch (Throwable t) {
      throw Native.impossible(t);
    }
  }

  /**
   * ftruncate(2): sets the size; what is new is a hole.
   *
   * @throws LinuxException EFBIG, EINVAL (not a file, or not for writing), EPERM
   */
  public static void resize(int fd, long bytes) throws LinuxException {
    LinuxException.check(Native.setUp(FTRUNCATE, fd, bytes), "ftruncate", fd);
  }

  /**
   * The first hole at or behind an offset: a range that has no place on the disk yet. Space that
   * was only reserved counts as a hole too. The end of the file is one.
   *
   * @return its offset, or -ENXIO (at or behind the end), -EINVAL, -ESPIPE
   */
  public static long seekHole(int fd, long offset) {
    return seek(fd, offset, SEEK_HOLE);
  }

  /**
   * The first data at or behind an offset.
   *
   * @return its offset, or -ENXIO (none up to the end), -EINVAL, -ESPIPE
   */
  public static long seekData(int fd, long offset) {
    return seek(fd, offset, SEEK_DATA);
  }

  /**
   * Offset of the first hole of a regular file; its size if there is none.
   *
   * @throws LinuxException as for opening, or EINVAL where holes cannot be asked for
   */
  public static long firstHole(Path file) throws LinuxException {
    int fd = Descriptors.open(file, Descriptors.O_RDONLY);
    try {
      long hole = seekHole(fd, 0);
      return hole == -Errno.ENXIO ? 0 : LinuxException.check(hole, "lseek SEEK_HOLE", file);
    } finally {
      Descriptors.close(fd);
    }
  }

  private static long seek(int fd, long offset, int whence) {
    MemorySegment state = Native.state();
    try {
      return Native.result((long) LSEEK.invokeExact(state, fd, offset, whence), state);
    } catch (Throwable t) {
      throw Native.impossible(t);
    }
  }
}
