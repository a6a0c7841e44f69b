// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/** Sockets whose messages stand alone: netlink, raw IP, packets. All are close-on-exec. */
final class Datagrams {
  /** Socket type: whole messages. */
  static final int SOCK_DGRAM = 2;

  /** Socket type: whole messages with the protocol's own header. */
  static final int SOCK_RAW = 3;

  private static final int SOCK_CLOEXEC = 0x80000;
  private static final MethodHandle SOCKET =
      Native.function(
          "socket", FunctionDescriptor.of(Native.INT, Native.INT, Native.INT, Native.INT));
  private static final MethodHandle BIND =
      Native.function(
          "bind", FunctionDescriptor.of(Native.INT, Native.INT, Native.POINTER, Native.INT));
  private static final MethodHandle SETSOCKOPT =
      Native.function(
          "setsockopt",
          FunctionDescriptor.of(
              Native.INT, Native.INT, Native.INT, Native.INT, Native.POINTER, Native.INT));
  private static final MethodHandle SENDTO =
      Native.function(
          "sendto",
          FunctionDescriptor.of(
              Native.LONG,
              Native.INT,
              Native.POINTER,
              Native.LONG,
              Native.INT,
              Native.POINTER,
              Native.INT));
  private static final MethodHandle RECVFROM =
      Native.function(
          "recvfrom",
          FunctionDescriptor.of(
              Native.LONG,
              Native.INT,
              Native.POINTER,
              Native.LONG,
              Native.INT,
              Native.POINTER,
              Native.POINTER));

  private Datagrams() {}

  /** socket(2): the descriptor, or the errno with its sign changed. */
  static int socket(int family, int type, int protocol) {
    return Native.setUp(SOCKET, family, type | SOCK_CLOEXEC, protocol);
  }

  static void bind(int socket, MemorySegment address, Object object) throws LinuxException {
    LinuxException.check(
        Native.setUp(BIND, socket, address, (int) address.byteSize()), "bind", object);
  }

  static void option(int socket, int level, int option, MemorySegment value, String name)
      throws LinuxException {
    LinuxException.check(
        Native.setUp(SETSOCKOPT, socket, level, option, value, (int) value.byteSize()),
        "setsockopt " + name,
        socket);
  }

  /** sendto(2): bytes, or the errno with its sign changed. */
  static int send(int socket, MemorySegment bytes, @Nullable MemorySegment to) {
    MemorySegment state = Native.state();
    MemorySegment address = to == null ? MemorySegment.NULL : to;
    int addressBytes = to == null ? 0 : (int) to.byteSize();
    try {
      long sent =
          (long)
              SENDTO.invokeExact(
                  state,
                  socket,
                  bytes,
                  bytes.byteSize(),
                  Sockets.MSG_NOSIGNAL,
                  address,
                  addressBytes);
      return (int) Native.result(sent, state);
    } catch (Throwable t) {
      throw Native.impossible(t);
    }
  }

  /**
   * Waits for one message.
   *
   * @param nanos at most so long
   * @param from takes the sender's address; at least {@link SocketAddress#BYTES_MAX} bytes
   * @return its bytes, or -ETIMEDOUT when none came, or another errno with its sign changed
   */
  static int receive(int socket, MemorySegment to, long nanos, MemorySegment from) {
    long deadline = BootTime.nanos() + nanos;
    try (Poll poll = new Poll()) {
      poll.add(socket, Poll.POLLIN);
      while (true) {
        int ready = poll.await(Math.max(0, deadline - BootTime.nanos()));
        if (ready == 0) {
          return -Errno.ETIMEDOUT;
        }
        if (ready < 0 && ready != -Errno.EINTR) {
          return ready;
        }
        if (ready > 0) {
          int got = receiveNow(socket, to, from);
          if (got != -Errno.EAGAIN && got != -Errno.EINTR) {
            return got;
          }
        }
      }
    }
  }

  /** As {@link #receive(int, MemorySegment, long, MemorySegment)}, whoever sent it. */
  static int receive(int socket, MemorySegment to, long nanos) {
    try (Arena arena = Arena.ofConfined()) {
      return receive(socket, to, nanos, arena.allocate(SocketAddress.BYTES_MAX, 8));
    }
  }

  private static int receiveNow(int socket, MemorySegment to, MemorySegment from) {
    MemorySegment state = Native.state();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment length = arena.allocateFrom(Native.INT, SocketAddress.BYTES_MAX);
      long got =
          (long)
              RECVFROM.invokeExact(
                  state, socket, to, to.byteSize(), Sockets.MSG_DONTWAIT, from, length);
      return (int) Native.result(got, state);
    } catch (Throwable t) {
      throw Native.impossible(t);
    }
  }
}
