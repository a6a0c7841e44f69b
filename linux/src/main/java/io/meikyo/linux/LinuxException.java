// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.io.IOException;

/**
 * A system call that sets something up was refused. The message is a sentence: {@code mount of
 * /dev/fuse on /mnt/a failed: EBUSY, the device or resource is busy}.
 */
public final class LinuxException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What failed, for the message. */
  private final String call;

  /** The positive errno. */
  private final int errno;

  /** On what it failed: a path, a device, an address. */
  private final String object;

  /**
   * Makes one.
   *
   * @param errno positive, or with its sign changed as the calls return it
   */
  public LinuxException(String call, int errno, String object) {
    super(
        call
            + (object.isEmpty() ? "" : " of " + object)
            + " failed: "
            + Errno.sentence(Math.abs(errno)));
    this.call = call;
    this.errno = Math.abs(errno);
    this.object = object;
  }

  /** The name of the system call. */
  public String call() {
    return call;
  }

  /** The positive errno; compare it with the constants of {@link Errno}. */
  public int errno() {
    return errno;
  }

  /** What the call was about. */
  public String object() {
    return object;
  }

  static int check(int result, String call, Object object) throws LinuxException {
    if (result < 0) {
      throw new LinuxException(call, result, String.valueOf(object));
    }
    return result;
  }

  static long check(long result, String call, Object object) throws LinuxException {
    if (result < 0) {
      throw new LinuxException(call, (int) -result, String.valueOf(object));
    }
    return result;
  }
}
