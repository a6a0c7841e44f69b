// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Packets of one protocol on one interface, below IP: what ARP and the neighbour discovery of IPv6
 * are spoken with. The kernel makes and takes off the frame's header. Any thread, one at a time.
 *
 * <pre>
 *  struct sockaddr_ll  0 family 2 | 2 protocol, big-endian 2 | 4 interface 4 | 8 kind 2
 *                     10 packet type 1 | 11 address bytes 1 | 12 address 8
 *  struct sock_filter  0 code 2 | 2 jump if true 1 | 3 jump if false 1 | 4 value 4
 * </pre>
 */
public final class PacketSocket implements AutoCloseable {
  /** Protocol: ARP. */
  public static final int ARP = 0x0806;

  /** Protocol: IPv6; only the neighbour solicitations and advertisements are received. */
  public static final int NEIGHBOUR_DISCOVERY = 0x86dd;

  private static final int AF_PACKET = 17;
  private static final int SOL_SOCKET = 1;
  private static final int SO_ATTACH_FILTER = 26;
  private static final int PACKET_BYTES_MAX = 2048;
  private static final int HARDWARE_BYTES_MAX = 8;
  private static final ValueLayout.OfShort BIG_SHORT =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

  /** Passes ICMPv6 (58) of type 135 and 136 in an IPv6 packet without extension headers. */
  private static final long[] DISCOVERY_ONLY = {
    instruction(0x30, 0, 0, 6), // load byte 6: the next header
    instruction(0x15, 0, 4, 58),
    instruction(0x30, 0, 0, 40), // load byte 40: the type
    instruction(0x15, 1, 0, 135),
    instruction(0x15, 0, 1, 136),
    instruction(0x06, 0, 0, 0x40000), // take it
    instruction(0x06, 0, 0, 0), // leave it
  };

  private final int socket;
  private final int link;
  private final int protocol;
  private boolean closed;

  private PacketSocket(int socket, int link, int protocol) {
    this.socket = socket;
    this.link = link;
    this.protocol = protocol;
  }

  private static long instruction(int code, int ifTrue, int ifFalse, int value) {
    return code | ((long) ifTrue << 16) | ((long) ifFalse << 24) | ((long) value << 32);
  }

  /**
   * Opens one; it receives from now on.
   *
   * @param link index of the interface
   * @param protocol one of the constants
   * @throws LinuxException EPERM (needs CAP_NET_RAW), ENODEV, ENETDOWN
   */
  public static PacketSocket open(int link, int protocol) throws LinuxException {
    // Protocol 0 receives nothing until it is bound, so that nothing passes before the filter.
    int fd =
        LinuxException.check(
            Datagrams.socket(AF_PACKET, Datagrams.SOCK_DGRAM, 0), "socket", "packets");
    PacketSocket made = new PacketSocket(fd, link, protocol);
    try (Arena arena = Arena.ofConfined()) {
      if (protocol == NEIGHBOUR_DISCOVERY) {
        MemorySegment program = arena.allocate(16, 8);
        MemorySegment code = arena.allocateFrom(Native.LONG, DISCOVERY_ONLY);
        program.set(Native.SHORT, 0, (short) DISCOVERY_ONLY.length);
        program.set(Native.LONG, 8, code.address());
        Datagrams.option(fd, SOL_SOCKET, SO_ATTACH_FILTER, program, "SO_ATTACH_FILTER");
      }
      Datagrams.bind(fd, made.address(arena, new byte[0]), "interface " + link);
      return made;
    } catch (LinuxException e) {
      Descriptors.close(fd);
      throw e;
    }
  }

  private MemorySegment address(Arena arena, byte[] hardware) {
    MemorySegment address = arena.allocate(20, 4);
    address.set(Native.SHORT, 0, (short) AF_PACKET);
    address.set(BIG_SHORT, 2, (short) protocol);
    address.set(Native.INT, 4, link);
    address.set(Native.BYTE, 11, (byte) hardware.length);
    MemorySegment.copy(hardware, 0, address, Native.BYTE, 12, hardware.length);
    return address;
  }

  /**
   * Sends one packet.
   *
   * @param packet from the protocol's header on
   * @param to hardware address, 6 bytes
   * @return bytes, or -ENETDOWN, -ENOBUFS, -ENXIO (the interface is gone), -EMSGSIZE, -EBADF
   *     (closed)
   */
  public synchronized int send(byte[] packet, byte[] to) {
    if (closed) {
      return -Errno.EBADF;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(packet.length);
      bytes.copyFrom(MemorySegment.ofArray(packet));
      return Datagrams.send(socket, bytes, address(arena, to));
    }
  }

  /**
   * A packet that came.
   *
   * @param bytes from the protocol's header on
   * @param from hardware address of the sender; empty if its kind has none
   */
  public record Packet(byte[] bytes, byte[] from) {}

  /**
   * Waits for one packet.
   *
   * @param nanos at most so long
   * @return null when the time was over
   * @throws LinuxException ENETDOWN: the interface was switched off
   */
  public @Nullable Packet receive(long nanos) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment packet = arena.allocate(PACKET_BYTES_MAX);
      MemorySegment from = arena.allocate(SocketAddress.BYTES_MAX, 8);
      int bytes = Datagrams.receive(socket, packet, nanos, from);
      if (bytes == -Errno.ETIMEDOUT) {
        return null;
      }
      LinuxException.check(bytes, "recvfrom", "interface " + link);
      int hardware = Math.min(from.get(Native.BYTE, 11) & 0xff, HARDWARE_BYTES_MAX);
      return new Packet(
          packet.asSlice(0, bytes).toArray(Native.BYTE),
          from.asSlice(12, hardware).toArray(Native.BYTE));
    }
  }

  /** Ends it. Not while another thread receives. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      Descriptors.close(socket);
    }
  }
}
