// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** What every descriptor has: opening, closing, plain reading and writing, its flags. */
public final class Descriptors {
  private static final boolean ARM = System.getProperty("os.arch", "").equals("aarch64");

  /** Open for reading. */
  public static final int O_RDONLY = 0;

  /** Open for writing. */
  public static final int O_WRONLY = 1;

  /** Open for both. */
  public static final int O_RDWR = 2;

  /** Make the file if it is not there. */
  public static final int O_CREAT = 0x40;

  /** With O_CREAT: it must not be there. On a block device: nobody else uses it (EBUSY). */
  public static final int O_EXCL = 0x80;

  /** Empty the file. */
  public static final int O_TRUNC = 0x200;

  /** Calls that would block fail with EAGAIN. */
  public static final int O_NONBLOCK = 0x800;

  /** Each write is durable when it returns. */
  public static final int O_DSYNC = 0x1000;

  /** Past the page cache; offsets, lengths and memory aligned to the logical block. */
  public static final int O_DIRECT = ARM ? 0x10000 : 0x4000;

  /** It must be a folder. */
  public static final int O_DIRECTORY = ARM ? 0x4000 : 0x10000;

  /** The last part of the path must not be a symbolic link. */
  public static final int O_NOFOLLOW = ARM ? 0x8000 : 0x20000;

  /** Always added: a child process does not inherit the descriptor. */
  static final int O_CLOEXEC = 0x80000;

  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int F_DUPFD_CLOEXEC = 1030;

  private static final MethodHandle OPEN =
      Native.variadic(
          "open", 2, FunctionDescriptor.of(Native.INT, Native.POINTER, Native.INT, Native.INT));
  private static final MethodHandle CLOSE =
      Native.function("close", FunctionDescriptor.of(Native.INT, Native.INT));
  private static final MethodHandle READ =
      Native.function(
          "read", FunctionDescriptor.of(Native.LONG, Native.INT, Native.POINTER, Native.LONG));
  private static final MethodHandle WRITE =
      Native.function(
          "write", FunctionDescriptor.of(Native.LONG, Native.INT, Native.POINTER, Native.LONG));
  private static final MethodHandle FCNTL =
      Native.variadic(
          "fcntl", 2, FunctionDescriptor.of(Native.INT, Native.INT, Native.INT, Native.LONG));
  private static final MethodHandle EVENTFD =
      Native.function("eventfd", FunctionDescriptor.of(Native.INT, Native.INT, Native.INT));
  private static final MethodHandle PIPE =
      Native.function("pipe2", FunctionDescriptor.of(Native.INT, Native.POINTER, Native.INT));

  private Descriptors() {}

  /**
   * open(2), close-on-exec; a file that is made is for its owner alone (0600).
   *
   * @throws LinuxException ENOENT, EACCES, EBUSY (O_EXCL), EINVAL (no O_DIRECT here), EROFS, ENXIO
   *     (a device without a driver), EMFILE
   */
  public static int open(Path path, int flags) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      return LinuxException.check(
          Native.setUp(OPEN, arena.allocateFrom(path.toString()), flags | O_CLOEXEC, 0600),
          "open",
          path);
    }
  }

  /**
   * close(2). The descriptor is free afterwards whatever is returned.
   *
   * @return 0, -EBADF, or -EIO, -ENOSPC, -EDQUOT: an earlier write was lost
   */
  public static int close(int fd) {
    MemorySegment state = Native.state();
    try {
      return Native.result((int) CLOSE.invokeExact(state, fd), state);
    } catch (Throwable t) {
      throw Native.impossible(t);
    }
  }

  /**
   * read(2) at the descriptor's own position: pipes, eventfds, sockets, /dev/fuse.
   *
   * @return bytes, 0 at the end, or -EAGAIN, -EINTR, -EIO, -ENODEV (a FUSE file system that was
   *     unmounted), -ENOENT (a FUSE request that was taken back)
   */
  public static int read(int fd, MemorySegment to) {
    MemorySegment state = Native.state();
    try {
      return (int) Native.result((long) READ.invokeExact(state, fd, to, to.byteSize()), state);
    } catch (Throwable t) {
      throw Native.impossible(t);
    }
  }

  /**
   * write(2) at the descriptor's own position.
   *
   * @return bytes, perhaps fewer than there are, or -EAGAIN, -EINTR, -EPIPE, -EIO, -ENOSPC, -ENOENT
   *     (the answer to a FUSE request that was taken back)
   */
  public static int write(int fd, MemorySegment from) {
    MemorySegment state = Native.state();
    try {
      return (int) Native.result((long) WRITE.invokeExact(state, fd, from, from.byteSize()), state);
    } catch (Throwable t) {
      throw Native.impossible(t);
    }
  }

  /**
   * Makes calls on the open file (all descriptors that share it) fail with EAGAIN instead of
   * blocking.
   *
   * @return 0 or -EBADF
   */
  public static int nonBlocking(int fd) {
    int flags = fcntl(fd, F_GETFL, 0);
    if (flags < 0 || (flags & O_NONBLOCK) != 0) {
      return Math.min(flags, 0);
    }
    return fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  }

  /**
   * A second descriptor of the same open file, close-on-exec.
   *
   * @throws LinuxException EBADF, EMFILE
   */
  public static int duplicate(int fd) throws LinuxException {
    return LinuxException.check(fcntl(fd, F_DUPFD_CLOEXEC, 0), "fcntl F_DUPFD_CLOEXEC", fd);
  }

  static int fcntl(int fd, int command, long argument) {
    return Native.setUp(FCNTL, fd, command, argument);
  }

  /**
   * A counter that is readable when it is not 0: to wake a thread that waits for descriptors.
   *
   * @throws LinuxException EMFILE, ENFILE, ENOMEM
   */
  public static int eventfd() throws LinuxException {
    int flags = O_CLOEXEC | O_NONBLOCK;
    return LinuxException.check(Native.setUp(EVENTFD, 0, flags), "eventfd", "");
  }

  /**
   * The two ends of a pipe: first the one to read from.
   *
   * @throws LinuxException EMFILE, ENFILE
   */
  public static int[] pipe() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ends = arena.allocate(8, 4);
      LinuxException.check(Native.setUp(PIPE, ends, O_CLOEXEC), "pipe2", "");
      return new int[] {ends.get(Native.INT, 0), ends.get(Native.INT, 4)};
    }
  }
}
