// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Memory, signals and descriptors of this process and of others. */
public final class Processes {
  /** The process ends at once. */
  public static final int SIGKILL = 9;

  /** The process is asked to end. */
  public static final int SIGTERM = 15;

  /** The process stops until SIGCONT. */
  public static final int SIGSTOP = 19;

  /** The process goes on. */
  public static final int SIGCONT = 18;

  private static final int MCL_CURRENT = 1;
  private static final int MCL_FUTURE = 2;
  private static final int MCL_ONFAULT = 4;
  private static final int PR_SET_PDEATHSIG = 1;
  private static final int PR_SET_IO_FLUSHER = 57;
  private static final long SYS_PIDFD_SEND_SIGNAL = 424;
  private static final long SYS_PIDFD_OPEN = 434;
  private static final long SYS_PIDFD_GETFD = 438;

  private static final MethodHandle MLOCKALL =
      Native.function("mlockall", FunctionDescriptor.of(Native.INT, Native.INT));
  private static final MethodHandle MUNLOCKALL =
      Native.function("munlockall", FunctionDescriptor.of(Native.INT));
  private static final MethodHandle PRCTL =
      Native.variadic(
          "prctl",
          1,
          FunctionDescriptor.of(
              Native.INT, Native.INT, Native.LONG, Native.LONG, Native.LONG, Native.LONG));
  private static final MethodHandle KILL =
      Native.function("kill", FunctionDescriptor.of(Native.INT, Native.INT, Native.INT));
  private static final MethodHandle SETNS =
      Native.function("setns", FunctionDescriptor.of(Native.INT, Native.INT, Native.INT));

  private static final MethodHandle UNSHARE =
      Native.function("unshare", FunctionDescriptor.of(Native.INT, Native.INT));

  private static final int CLONE_NEWNS = 0x20000;
  private static final int CLONE_NEWNET = 0x40000000;

  private Processes() {}

  /**
   * Keeps every page of the process in memory once it was used, now and later: a process that
   * writes pages out for others must never wait for a page of its own.
   *
   * @throws LinuxException EPERM, ENOMEM (above RLIMIT_MEMLOCK, without CAP_IPC_LOCK)
   */
  public static void lockMemory() throws LinuxException {
    int flags = MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT;
    LinuxException.check(Native.setUp(MLOCKALL, flags), "mlockall", "");
  }

  /** Takes {@link #lockMemory} back. */
  public static void unlockMemory() throws LinuxException {
    LinuxException.check(Native.setUp(MUNLOCKALL), "munlockall", "");
  }

  /**
   * Tells the kernel that the calling thread serves a disk, so that memory it asks for is not won
   * by writing to that disk.
   *
   * @return 0, or -EPERM (no CAP_SYS_RESOURCE), -EINVAL (kernel before 5.6): note it, and go on
   */
  public static int serveDisk() {
    return Native.setUp(PRCTL, PR_SET_IO_FLUSHER, 1L, 0L, 0L, 0L);
  }

  /**
   * Has this process get a signal when the thread that started it ends. Whoever was started by a
   * parent that has ended since hears nothing: compare the parent's id afterwards.
   *
   * @return 0 or -EINVAL (no such signal)
   */
  public static int signalWhenParentEnds(int signal) {
    return Native.setUp(PRCTL, PR_SET_PDEATHSIG, (long) signal, 0L, 0L, 0L);
  }

  /**
   * kill(2). A process id can be that of another process by now: prefer {@link #signal}.
   *
   * @param signal 0 only asks whether it is there
   * @return 0, or -ESRCH, -EPERM, -EINVAL
   */
  public static int kill(int pid, int signal) {
    return Native.setUp(KILL, pid, signal);
  }

  /**
   * A descriptor that stands for one process for ever; readable when it has ended.
   *
   * @throws LinuxException ESRCH, EMFILE, ENOSYS (kernel before 5.3)
   */
  public static int open(int pid) throws LinuxException {
    long fd = Native.syscall(Native.state(), SYS_PIDFD_OPEN, pid, 0, 0, 0, 0, 0);
    return (int) LinuxException.check(fd, "pidfd_open", pid);
  }

  /**
   * Our own descriptor for an open file of another process.
   *
   * @param process from {@link #open}
   * @param fd the number that it has there
   * @throws LinuxException EBADF (no such descriptor there), EPERM (needs ptrace rights), ESRCH,
   *     ENOSYS (kernel before 5.6)
   */
  public static int descriptorOf(int process, int fd) throws LinuxException {
    long mine = Native.syscall(Native.state(), SYS_PIDFD_GETFD, process, fd, 0, 0, 0, 0);
    return (int) LinuxException.check(mine, "pidfd_getfd", fd);
  }

  /**
   * Sends a signal to exactly that process.
   *
   * @param process from {@link #open}
   * @return 0, or -ESRCH (it has ended), -EPERM, -EINVAL
   */
  public static int signal(int process, int signal) {
    MemorySegment state = Native.state();
    return (int) Native.syscall(state, SYS_PIDFD_SEND_SIGNAL, process, signal, 0, 0, 0, 0);
  }

  /**
   * Moves the calling thread, a platform thread, to another network namespace; sockets that it
   * makes from now on live there.
   *
   * @param namespace a descriptor of /run/netns/NAME or /proc/PID/ns/net
   * @throws LinuxException EPERM, EINVAL (another kind of namespace)
   */
  public static void enterNetwork(int namespace) throws LinuxException {
    LinuxException.check(Native.setUp(SETNS, namespace, CLONE_NEWNET), "setns", namespace);
  }

  /**
   * Gives the calling thread, a platform thread, a network and a view of the mounts of its own;
   * threads and processes that it starts have them too. They end with the last of these. Mounts
   * still spread between the two views until "/" is made private ({@link Mounts#MS_PRIVATE}).
   *
   * @throws LinuxException EPERM
   */
  public static void separate() throws LinuxException {
    LinuxException.check(Native.setUp(UNSHARE, CLONE_NEWNS | CLONE_NEWNET), "unshare", "");
  }
}
