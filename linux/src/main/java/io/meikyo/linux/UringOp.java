// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

/**
 * The operations of {@link Uring#prepare} that are in use, and where their arguments go. Their
 * results and errnos are those of the system call of the same name.
 */
public final class UringOp {
  /** Nothing. */
  public static final int NOP = 0;

  /** fdatasync; operation's flags {@link #FSYNC_DATASYNC}. */
  public static final int FSYNC = 3;

  /** Ends once one of the events (operation's flags, POLLIN ...) is there, with their mask. */
  public static final int POLL_ADD = 6;

  /** sendmsg; address: the header, length 1, operation's flags: MSG_ constants. */
  public static final int SENDMSG = 9;

  /** accept4; operation's flags: SOCK_CLOEXEC. */
  public static final int ACCEPT = 13;

  /**
   * Cancels the operation whose user data is the address. Its own result: 0, -ENOENT (it has
   * ended), -EALREADY (it cannot be stopped any more); the operation ends with -ECANCELED.
   */
  public static final int ASYNC_CANCEL = 14;

  /** connect; address: the socket address, offset: its length. */
  public static final int CONNECT = 16;

  /** fallocate; offset, address: the length, length: the mode. */
  public static final int FALLOCATE = 17;

  /** close. */
  public static final int CLOSE = 19;

  /** pread; offset, address, length; operation's flags: RWF_ constants. */
  public static final int READ = 22;

  /** pwrite; offset, address, length; operation's flags: RWF_ constants. */
  public static final int WRITE = 23;

  /** recv; address, length; operation's flags: MSG_ constants. */
  public static final int RECV = 27;

  /** FSYNC: only what is needed to read the bytes again. */
  public static final int FSYNC_DATASYNC = 1;

  /** ACCEPT: a child process does not inherit the descriptor. */
  public static final int SOCK_CLOEXEC = 0x80000;

  private UringOp() {}
}
