// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** ioctl(2), with a pointer or a number. */
final class Ioctl {
  private static final MethodHandle IOCTL =
      Native.variadic(
          "ioctl", 2, FunctionDescriptor.of(Native.INT, Native.INT, Native.LONG, Native.LONG));

  private Ioctl() {}

  static int call(int fd, long request, long argument) {
    return Native.setUp(IOCTL, fd, request, argument);
  }

  static int check(int fd, long request, MemorySegment argument, String name)
      throws LinuxException {
    return LinuxException.check(call(fd, request, argument.address()), name, fd);
  }
}
