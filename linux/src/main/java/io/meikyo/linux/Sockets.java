// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Stream sockets over TCP and unix paths. All are close-on-exec, and blocking until told. */
public final class Sockets {
  /** send: no SIGPIPE, but EPIPE. */
  public static final int MSG_NOSIGNAL = 0x4000;

  /** send, receive: EAGAIN instead of blocking. */
  public static final int MSG_DONTWAIT = 0x40;

  /** send, receive: only all of it, unless there is an error. */
  public static final int MSG_WAITALL = 0x100;

  /** Most pieces of one message. */
  public static final int IOV_MAX = 1024;

  private static final int SOCK_STREAM = 1;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_REUSEADDR = 2;
  private static final int SO_ERROR = 4;
  private static final int SO_SNDBUF = 7;
  private static final int SO_RCVBUF = 8;
  private static final int SO_LINGER = 13;
  private static final int SO_PEERCRED = 17;
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_NODELAY = 1;
  private static final int TCP_CONGESTION = 13;
  private static final int TCP_USER_TIMEOUT = 18;
  private static final int CONGESTION_NAME_MAX = 16;

  private static final FunctionDescriptor THREE_INTS =
      FunctionDescriptor.of(Native.INT, Native.INT, Native.INT, Native.INT);
  private static final FunctionDescriptor WITH_ADDRESS =
      FunctionDescriptor.of(Native.INT, Native.INT, Native.POINTER, Native.INT);
  private static final FunctionDescriptor FILLS_ADDRESS =
      FunctionDescriptor.of(Native.INT, Native.INT, Native.POINTER, Native.POINTER);
  private static final MethodHandle SOCKET = Native.function("socket", THREE_INTS);
  private static final MethodHandle SOCKETPAIR =
      Native.function(
          "socketpair",
          FunctionDescriptor.of(Native.INT, Native.INT, Native.INT, Native.INT, Native.POINTER));
  private static final MethodHandle BIND = Native.function("bind", WITH_ADDRESS);
  private static final MethodHandle CONNECT = Native.function("connect", WITH_ADDRESS);
  private static final MethodHandle LISTEN =
      Native.function("listen", FunctionDescriptor.of(Native.INT, Native.INT, Native.INT));
  private static final MethodHandle SHUTDOWN =
      Native.function("shutdown", FunctionDescriptor.of(Native.INT, Native.INT, Native.INT));
  private static final MethodHandle ACCEPT =
      Native.function(
          "accept4",
          FunctionDescriptor.of(
              Native.INT, Native.INT, Native.POINTER, Native.POINTER, Native.INT));
  private static final MethodHandle GETSOCKNAME = Native.function("getsockname", FILLS_ADDRESS);
  private static final MethodHandle GETPEERNAME = Native.function("getpeername", FILLS_ADDRESS);
  private static final MethodHandle SETSOCKOPT =
      Native.function(
          "setsockopt",
          FunctionDescriptor.of(
              Native.INT, Native.INT, Native.INT, Native.INT, Native.POINTER, Native.INT));
  private static final MethodHandle GETSOCKOPT =
      Native.function(
          "getsockopt",
          FunctionDescriptor.of(
              Native.INT, Native.INT, Native.INT, Native.INT, Native.POINTER, Native.POINTER));
  private static final FunctionDescriptor MESSAGE =
      FunctionDescriptor.of(Native.LONG, Native.INT, Native.POINTER, Native.INT);
  private static final MethodHandle SENDMSG = Native.function("sendmsg", MESSAGE);
  private static final MethodHandle RECVMSG = Native.function("recvmsg", MESSAGE);
  private static final MethodHandle RECV =
      Native.function(
          "recv",
          FunctionDescriptor.of(Native.LONG, Native.INT, Native.POINTER, Native.LONG, Native.INT));

  private Sockets() {}

  /**
   * Who is at the other end of a unix socket, as of connecting.
   *
   * @param pid in our namespace; 0 if it is not in it
   * @param uid its effective user
   * @param gid its effective group
   */
  public record Peer(int pid, int uid, int gid) {}

  /**
   * A new stream socket.
   *
   * @param family one of {@link SocketAddress}'s
   * @throws LinuxException EMFILE, ENFILE, EAFNOSUPPORT (97): the kernel does not have it
   */
  public static int stream(int family) throws LinuxException {
    return open(family, SOCK_STREAM, 0);
  }

  static int open(int family, int type, int protocol) throws LinuxException {
    return LinuxException.check(
        Native.setUp(SOCKET, family, type | SOCK_CLOEXEC, protocol), "socket", family);
  }

  /**
   * Two unix stream sockets that are connected to each other.
   *
   * @throws LinuxException EMFILE, ENFILE
   */
  public static int[] pair() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ends = arena.allocate(8, 4);
      LinuxException.check(
          Native.setUp(SOCKETPAIR, SocketAddress.AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends),
          "socketpair",
          "");
      return new int[] {ends.get(Native.INT, 0), ends.get(Native.INT, 4)};
    }
  }

  /**
   * A socket that listens on a TCP address, with SO_REUSEADDR.
   *
   * @param address port 0: any free one, see {@link #localAddress}
   * @param backlog connections that may wait to be taken
   * @throws LinuxException EADDRINUSE, EADDRNOTAVAIL, EACCES (a port below 1024)
   */
  public static int listen(InetSocketAddress address, int backlog) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      return listen(SocketAddress.of(arena, address), backlog, address);
    }
  }

  /**
   * A socket that listens on a path, which must not exist.
   *
   * @throws LinuxException EADDRINUSE (the path exists), ENOENT (its folder does not), EACCES,
   *     ENAMETOOLONG
   */
  public static int listen(Path path, int backlog) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      return listen(SocketAddress.of(arena, path), backlog, path);
    }
  }

  private static int listen(MemorySegment address, int backlog, Object object)
      throws LinuxException {
    int socket = stream(SocketAddress.family(address));
    try {
      if (SocketAddress.family(address) != SocketAddress.AF_UNIX) {
        option(socket, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
      }
      LinuxException.check(
          Native.setUp(BIND, socket, address, (int) address.byteSize()), "bind", object);
      LinuxException.check(Native.setUp(LISTEN, socket, backlog), "listen", object);
      return socket;
    } catch (LinuxException e) {
      Descriptors.close(socket);
      throw e;
    }
  }

  /**
   * Binds a socket before it connects, so that it leaves by that address.
   *
   * @throws LinuxException EADDRNOTAVAIL, EADDRINUSE, EINVAL (bound already)
   */
  public static void bind(int socket, InetSocketAddress address) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment raw = SocketAddress.of(arena, address);
      LinuxException.check(Native.setUp(BIND, socket, raw, (int) raw.byteSize()), "bind", address);
    }
  }

  /**
   * connect(2); blocks unless the socket does not.
   *
   * @param address from {@link SocketAddress}
   * @return 0, or -EINPROGRESS, -EALREADY, -EISCONN, -ECONNREFUSED, -ETIMEDOUT, -ENETUNREACH,
   *     -EHOSTUNREACH, -ENOENT (no such path), -EAGAIN (a unix listener's queue is full), -EACCES
   */
  public static int connect(int socket, MemorySegment address) {
    return Native.setUp(CONNECT, socket, address, (int) address.byteSize());
  }

  /**
   * accept4(2), close-on-exec; blocks unless the socket does not.
   *
   * @return the descriptor, or -EAGAIN, -ECONNABORTED, -EMFILE, -ENFILE, -EINVAL (it does not
   *     listen), -EINTR
   */
  public static int accept(int socket) {
    return Native.setUp(ACCEPT, socket, MemorySegment.NULL, MemorySegment.NULL, SOCK_CLOEXEC);
  }

  /**
   * sendmsg(2).
   *
   * @param message from {@link SocketMessage}
   * @return bytes, perhaps fewer than there are; or -EAGAIN, -EPIPE, -ECONNRESET, -EINTR, -ENOTCONN
   */
  public static int send(int socket, SocketMessage message, int flags) {
    MemorySegment state = Native.state();
    try {
      long sent = (long) SENDMSG.invokeExact(state, socket, message.header(), flags);
      return (int) Native.result(sent, state);
    } catch (Throwable t) {
      throw Native.impossible(t);
    }
  }

  /**
   * recvmsg(2).
   *
   * @param message from {@link SocketMessage}
   * @return bytes, 0 when the other side has closed; or -EAGAIN, -ECONNRESET, -EINTR, -ENOTCONN
   */
  public static int receive(int socket, SocketMessage message, int flags) {
    MemorySegment state = Native.state();
    try {
      long got = (long) RECVMSG.invokeExact(state, socket, message.header(), flags);
      return (int) Native.result(got, state);
    } catch (Throwable t) {
      throw Native.impossible(t);
    }
  }

  /** As {@link #receive(int, SocketMessage, int)}, into one piece of memory. */
  public static int receive(int socket, MemorySegment to, int flags) {
    MemorySegment state = Native.state();
    try {
      long got = (long) RECV.invokeExact(state, socket, to, to.byteSize(), flags);
      return (int) Native.result(got, state);
    } catch (Throwable t) {
      throw Native.impossible(t);
    }
  }

  /**
   * Whether the other end has hung up for both directions, whatever is left to be received.
   *
   * @return true also if the descriptor is not open
   */
  public static boolean hungUp(int socket) {
    try (Poll poll = new Poll()) {
      poll.add(socket, 0);
      return poll.await(0) > 0 && (poll.events(0) & (Poll.POLLHUP | Poll.POLLNVAL)) != 0;
    }
  }

  /**
   * Ends the connection without closing the descriptor.
   *
   * @param how 0: for receiving, 1: for sending, 2: for both
   * @return 0, or -ENOTCONN, -ENOTSOCK
   */
  public static int shutdown(int socket, int how) {
    return Native.setUp(SHUTDOWN, socket, how);
  }

  /** The positive errno of what went wrong on a socket since it was last asked; 0: nothing. */
  public static int takeError(int socket) throws LinuxException {
    return option(socket, SOL_SOCKET, SO_ERROR, "SO_ERROR");
  }

  /** Sends small messages at once (TCP_NODELAY). */
  public static void noDelay(int socket) throws LinuxException {
    option(socket, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
  }

  /**
   * How long sent bytes may stay unconfirmed before the connection fails with ETIMEDOUT.
   *
   * @param millis 0: the system's default
   */
  public static void userTimeout(int socket, int millis) throws LinuxException {
    option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, millis, "TCP_USER_TIMEOUT");
  }

  /** Bytes the kernel keeps for sending; it doubles the number, and has a floor and a ceiling. */
  public static void sendBuffer(int socket, int bytes) throws LinuxException {
    option(socket, SOL_SOCKET, SO_SNDBUF, bytes, "SO_SNDBUF");
  }

  /** Bytes the kernel keeps for receiving; it doubles the number, and has a floor and a ceiling. */
  public static void receiveBuffer(int socket, int bytes) throws LinuxException {
    option(socket, SOL_SOCKET, SO_RCVBUF, bytes, "SO_RCVBUF");
  }

  /** Makes closing reset the connection: what was not sent is lost, the other side sees it. */
  public static void resetOnClose(int socket) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment linger = arena.allocate(8, 4);
      linger.set(Native.INT, 0, 1);
      option(socket, SOL_SOCKET, SO_LINGER, linger, "SO_LINGER");
    }
  }

  /**
   * Chooses how the socket finds its pace (TCP_CONGESTION).
   *
   * @param name such as {@code cubic}
   * @throws LinuxException ENOENT: the kernel does not have it; EPERM: it is not for everybody
   */
  public static void congestion(int socket, String name) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocateFrom(name);
      option(socket, IPPROTO_TCP, TCP_CONGESTION, bytes, "TCP_CONGESTION");
    }
  }

  /** How the socket finds its pace. */
  public static String congestion(int socket) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(CONGESTION_NAME_MAX + 1L);
      MemorySegment length = arena.allocateFrom(Native.INT, CONGESTION_NAME_MAX);
      LinuxException.check(
          Native.setUp(GETSOCKOPT, socket, IPPROTO_TCP, TCP_CONGESTION, name, length),
          "getsockopt TCP_CONGESTION",
          socket);
      return name.getString(0, StandardCharsets.US_ASCII);
    }
  }

  /** Who is at the other end of a unix socket (SO_PEERCRED). */
  public static Peer peer(int socket) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment peer = arena.allocate(12, 4);
      MemorySegment length = arena.allocateFrom(Native.INT, 12);
      LinuxException.check(
          Native.setUp(GETSOCKOPT, socket, SOL_SOCKET, SO_PEERCRED, peer, length),
          "getsockopt SO_PEERCRED",
          socket);
      return new Peer(peer.get(Native.INT, 0), peer.get(Native.INT, 4), peer.get(Native.INT, 8));
    }
  }

  /**
   * Our own end of a TCP socket.
   *
   * @throws LinuxException EBADF, ENOTSOCK
   */
  public static InetSocketAddress localAddress(int socket) throws LinuxException {
    return address(GETSOCKNAME, socket, "getsockname");
  }

  /**
   * The other end of a TCP socket.
   *
   * @throws LinuxException ENOTCONN, EBADF, ENOTSOCK
   */
  public static InetSocketAddress remoteAddress(int socket) throws LinuxException {
    return address(GETPEERNAME, socket, "getpeername");
  }

  private static InetSocketAddress address(MethodHandle function, int socket, String name)
      throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(SocketAddress.BYTES_MAX, 8);
      MemorySegment length = arena.allocateFrom(Native.INT, SocketAddress.BYTES_MAX);
      LinuxException.check(Native.setUp(function, socket, address, length), name, socket);
      return SocketAddress.host(address);
    }
  }

  private static int option(int socket, int level, int option, String name) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(Native.INT);
      MemorySegment length = arena.allocateFrom(Native.INT, 4);
      LinuxException.check(
          Native.setUp(GETSOCKOPT, socket, level, option, value, length),
          "getsockopt " + name,
          socket);
      return value.get(Native.INT, 0);
    }
  }

  private static void option(int socket, int level, int option, int value, String name)
      throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      option(socket, level, option, arena.allocateFrom(Native.INT, value), name);
    }
  }

  private static void option(int socket, int level, int option, MemorySegment value, String name)
      throws LinuxException {
    LinuxException.check(
        Native.setUp(SETSOCKOPT, socket, level, option, value, (int) value.byteSize()),
        "setsockopt " + name,
        socket);
  }
}
