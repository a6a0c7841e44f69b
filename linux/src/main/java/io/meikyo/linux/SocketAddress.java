// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Addresses as the kernel wants them.
 *
 * <pre>
 *  IPv4  family 2  u16 | port, big-endian u16 | address 4 bytes | 8 zero bytes
 *  IPv6  family 10 u16 | port, big-endian u16 | flow u32 | address 16 bytes | scope u32
 *  unix  family 1  u16 | path, zero-terminated, at most 107 bytes
 * </pre>
 */
public final class SocketAddress {
  /** Address family of a path. */
  public static final int AF_UNIX = 1;

  /** Address family of IPv4. */
  public static final int AF_INET = 2;

  /** Address family of IPv6. */
  public static final int AF_INET6 = 10;

  /** Bytes of the largest address. */
  static final int BYTES_MAX = 128;

  private static final int PATH_BYTES_MAX = 107;
  private static final int PATH_AT = 2;
  private static final ValueLayout.OfShort PORT =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

  private SocketAddress() {}

  /** The family of an address. */
  public static int family(MemorySegment address) {
    return address.get(Native.SHORT, 0);
  }

  /** The address of a host and port; an unresolved one is an error of the caller. */
  public static MemorySegment of(Arena arena, InetSocketAddress host) {
    InetAddress inet = host.getAddress();
    if (inet == null) {
      throw new IllegalArgumentException("not resolved: " + host);
    }
    byte[] bytes = inet.getAddress();
    boolean six = bytes.length == 16;
    MemorySegment address = arena.allocate(six ? 28 : 16, 8);
    address.set(Native.SHORT, 0, (short) (six ? AF_INET6 : AF_INET));
    address.set(PORT, 2, (short) host.getPort());
    MemorySegment.copy(bytes, 0, address, Native.BYTE, six ? 8 : 4, bytes.length);
    if (inet instanceof Inet6Address v6) {
      address.set(Native.INT, 24, v6.getScopeId());
    }
    return address;
  }

  /**
   * The address of a unix socket.
   *
   * @throws LinuxException ENAMETOOLONG: more than 107 bytes
   */
  public static MemorySegment of(Arena arena, Path path) throws LinuxException {
    byte[] bytes = path.toString().getBytes(StandardCharsets.UTF_8);
    if (bytes.length > PATH_BYTES_MAX) {
      throw new LinuxException("address", Errno.ENAMETOOLONG, path.toString());
    }
    MemorySegment address = arena.allocate(PATH_AT + bytes.length + 1L, 8);
    address.set(Native.SHORT, 0, (short) AF_UNIX);
    MemorySegment.copy(bytes, 0, address, Native.BYTE, PATH_AT, bytes.length);
    return address;
  }

  /** The host and port in an address of IPv4 or IPv6. */
  static InetSocketAddress host(MemorySegment address) {
    boolean six = family(address) == AF_INET6;
    byte[] bytes = new byte[six ? 16 : 4];
    MemorySegment.copy(address, Native.BYTE, six ? 8 : 4, bytes, 0, bytes.length);
    try {
      return new InetSocketAddress(InetAddress.getByAddress(bytes), address.get(PORT, 2) & 0xffff);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }
}
