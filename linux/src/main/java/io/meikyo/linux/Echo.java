// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.ThreadLocalRandom;

/** Echo requests of ICMP and ICMPv6: is somebody there? */
public final class Echo {
  private static final int ICMP = 1;
  private static final int ICMP6 = 58;
  private static final int PAYLOAD = 24;
  private static final int HEADER = 8;

  private Echo() {}

  /**
   * Sends one echo request and waits for its answer.
   *
   * @param nanos at most so long
   * @return nanoseconds until the answer; or -ETIMEDOUT, -EHOSTUNREACH (a router, or this host's
   *     own resolution, says so), -ENETUNREACH, -EACCES (a broadcast address, or a filter), -EPERM
   *     (a filter of this host)
   * @throws LinuxException EPERM, EACCES: such sockets are not for us (CAP_NET_RAW, or the group in
   *     net.ipv4.ping_group_range); EAFNOSUPPORT (97)
   */
  public static long roundTrip(InetAddress target, long nanos) throws LinuxException {
    boolean six = target instanceof Inet6Address;
    int family = six ? SocketAddress.AF_INET6 : SocketAddress.AF_INET;
    int protocol = six ? ICMP6 : ICMP;
    boolean raw = true;
    int socket = Datagrams.socket(family, Datagrams.SOCK_RAW, protocol);
    if (socket == -Errno.EPERM) {
      raw = false;
      socket = Datagrams.socket(family, Datagrams.SOCK_DGRAM, protocol);
    }
    LinuxException.check(socket, "socket", "echo requests");
    try (Arena arena = Arena.ofConfined()) {
      long mark = ThreadLocalRandom.current().nextLong();
      byte[] request = request(six, mark);
      MemorySegment bytes = arena.allocate(request.length);
      bytes.copyFrom(MemorySegment.ofArray(request));
      long began = BootTime.nanos();
      int sent =
          Datagrams.send(socket, bytes, SocketAddress.of(arena, new InetSocketAddress(target, 0)));
      return sent < 0 ? sent : answered(arena, socket, raw && !six, mark, began, nanos);
    } finally {
      Descriptors.close(socket);
    }
  }

  private static long answered(
      Arena arena, int socket, boolean withHeader, long mark, long began, long nanos) {
    MemorySegment reply = arena.allocate(2048);
    while (true) {
      int got = Datagrams.receive(socket, reply, began + nanos - BootTime.nanos());
      if (got < 0) {
        return got;
      }
      ByteBuffer packet = reply.asSlice(0, got).asByteBuffer();
      // Raw IPv4 comes with its header, whose length is in its first byte.
      int at = withHeader && got > 0 ? (packet.get(0) & 0xf) * 4 : 0;
      Meaning meaning = meaning(packet, at, withHeader, mark);
      if (meaning == Meaning.ANSWER) {
        return BootTime.nanos() - began;
      }
      if (meaning == Meaning.UNREACHABLE) {
        return -Errno.EHOSTUNREACH;
      }
    }
  }

  private enum Meaning {
    ANSWER,
    UNREACHABLE,
    OTHERS
  }

  /** Our mark stands in the answer, and in what a router sends back of our request. */
  private static Meaning meaning(ByteBuffer packet, int at, boolean four, long mark) {
    if (packet.limit() < at + HEADER) {
      return Meaning.OTHERS;
    }
    int type = packet.get(at) & 0xff;
    boolean answer = type == 0 || type == 129;
    boolean unreachable = four ? type == 3 : type == 1;
    // Of a request that could not be delivered: its IP header, its ICMP header, our mark.
    int inside = at + HEADER + (four ? 20 : 40) + HEADER;
    if (answer && markAt(packet, at + HEADER, mark)) {
      return Meaning.ANSWER;
    }
    return unreachable && markAt(packet, inside, mark) ? Meaning.UNREACHABLE : Meaning.OTHERS;
  }

  private static boolean markAt(ByteBuffer packet, int at, long mark) {
    return packet.limit() >= at + 8 && packet.getLong(at) == mark;
  }

  private static byte[] request(boolean six, long mark) {
    ByteBuffer b = ByteBuffer.allocate(HEADER + PAYLOAD);
    b.put(0, (byte) (six ? 128 : 8));
    b.putShort(4, (short) (mark >>> 48));
    b.putShort(6, (short) 1);
    b.putLong(HEADER, mark);
    // Of ICMPv6 the kernel makes the sum itself.
    b.putShort(2, six ? 0 : sum(b.array()));
    return b.array();
  }

  private static short sum(byte[] bytes) {
    int sum = 0;
    for (int i = 0; i < bytes.length; i += 2) {
      sum += ((bytes[i] & 0xff) << 8) + (bytes[i + 1] & 0xff);
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (short) ~sum;
  }
}
