// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.net;

import io.meikyo.linux.PacketSocket.Packet;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The packets by which neighbours ask and tell whose an address is, for one address and one
 * interface. Immutable; any thread.
 *
 * <pre>
 *  ARP (RFC 826, 5227)   0 kind 1: Ethernet 2 | 2 protocol 0x0800 2 | 4 lengths 6, 4 2
 *                        6 operation 1: asks, 2: answers 2
 *                        8 sender hardware 6 | 14 sender address 4 | 18 target hardware 6
 *                       24 target address 4
 *  IPv6 (RFC 8200)       0 version 6, class, flow 4 | 4 payload bytes 2 | 6 next header 58 1
 *                        7 hop limit 255 1 | 8 source 16 | 24 destination 16
 *  ICMPv6 (RFC 4861)    40 type 135: asks, 136: answers 1 | 41 code 0 1 | 42 sum 2 | 44 flags 4
 *                       48 target 16 | 64 options: kind 1, length in 8 bytes 1, value
 * </pre>
 */
public final class Neighbours {
  private static final byte[] EVERYBODY = {-1, -1, -1, -1, -1, -1};
  private static final byte[] NOBODY = new byte[16];
  private static final int ARP_BYTES = 28;
  private static final int ASKS = 1;
  private static final int ANSWERS = 2;
  private static final int SOLICITATION = 135;
  private static final int ADVERTISEMENT = 136;
  private static final int OPTIONS_AT = 64;
  private static final int OPTION_TARGET = 2;
  private static final int OVERRIDE = 0x20000000;
  private static final int ROUTER = 0x80000000;

  private final byte[] address;
  private final byte[] own;
  private final boolean six;

  /**
   * For an address.
   *
   * @param hardware our own hardware address on the interface, {@code 02:00:5e:00:00:01}
   */
  public Neighbours(InetAddress address, String hardware) {
    this.address = address.getAddress();
    this.own = HexFormat.ofDelimiter(":").parseHex(hardware);
    this.six = address instanceof Inet6Address;
    if (own.length != 6) {
      throw new IllegalArgumentException("hardware address: " + hardware);
    }
  }

  /**
   * A packet with the hardware address that it goes to.
   *
   * @param bytes from the header of ARP or IPv6 on
   */
  public record Outgoing(byte[] bytes, byte[] to) {}

  /** Asks who has the address, without claiming it. */
  public Outgoing probe() {
    if (!six) {
      return new Outgoing(arp(ASKS, new byte[4], new byte[6]), EVERYBODY);
    }
    byte[] group = HexFormat.of().parseHex("ff0200000000000000000001ff000000");
    System.arraycopy(address, 13, group, 13, 3);
    ByteBuffer b = ipv6(NOBODY, group, 24);
    b.put(40, (byte) SOLICITATION);
    b.put(48, address);
    return new Outgoing(withSum(b), hardwareOf(group));
  }

  /**
   * Tells everybody that the address is ours.
   *
   * @param answer ARP: as an answer that nobody asked for, instead of a question; some listen only
   *     to one of them. Without a meaning for IPv6
   * @param router IPv6: this host forwards packets
   */
  public Outgoing announcement(boolean answer, boolean router) {
    if (!six) {
      byte[] target = answer ? EVERYBODY : new byte[6];
      return new Outgoing(arp(answer ? ANSWERS : ASKS, address, target), EVERYBODY);
    }
    byte[] all = HexFormat.of().parseHex("ff020000000000000000000000000001");
    ByteBuffer b = ipv6(address, all, 32);
    b.put(40, (byte) ADVERTISEMENT);
    b.putInt(44, router ? OVERRIDE | ROUTER : OVERRIDE);
    b.put(48, address);
    b.put(OPTIONS_AT, (byte) OPTION_TARGET);
    b.put(OPTIONS_AT + 1, (byte) 1);
    b.put(OPTIONS_AT + 2, own);
    return new Outgoing(withSum(b), hardwareOf(all));
  }

  /**
   * Who claims the address in a packet, or is about to: an answer, an announcement, somebody else's
   * probe.
   *
   * @return hardware address; null if the packet says nothing of the kind, or is ours
   */
  public @Nullable String claimant(Packet packet) {
    byte[] claimant = six ? claimantOfSix(packet) : claimantOfFour(packet.bytes());
    return claimant == null || Arrays.equals(claimant, own)
        ? null
        : HexFormat.ofDelimiter(":").formatHex(claimant);
  }

  private byte @Nullable [] claimantOfFour(byte[] b) {
    if (b.length < ARP_BYTES
        || b[4] != 6
        || b[5] != 4
        || b[6] != 0
        || (b[7] != ASKS && b[7] != ANSWERS)) {
      return null;
    }
    byte[] sender = Arrays.copyOfRange(b, 14, 18);
    byte[] target = Arrays.copyOfRange(b, 24, 28);
    boolean claims = Arrays.equals(sender, address);
    boolean probes =
        b[7] == ASKS && Arrays.equals(sender, new byte[4]) && Arrays.equals(target, address);
    return claims || probes ? Arrays.copyOfRange(b, 8, 14) : null;
  }

  private byte @Nullable [] claimantOfSix(Packet packet) {
    byte[] b = packet.bytes();
    // A hop limit of 255 shows that no router passed it on: it is from this very network.
    if (b.length < OPTIONS_AT || b[6] != 58 || (b[7] & 0xff) != 255 || b[41] != 0) {
      return null;
    }
    if (!Arrays.equals(Arrays.copyOfRange(b, 48, 64), address)) {
      return null;
    }
    boolean probes =
        (b[40] & 0xff) == SOLICITATION && Arrays.equals(Arrays.copyOfRange(b, 8, 24), NOBODY);
    if ((b[40] & 0xff) != ADVERTISEMENT && !probes) {
      return null;
    }
    for (int at = OPTIONS_AT; at + 8 <= b.length && b[at + 1] != 0; at += (b[at + 1] & 0xff) * 8) {
      if (b[at] == OPTION_TARGET && !probes) {
        return Arrays.copyOfRange(b, at + 2, at + 8);
      }
    }
    return packet.from();
  }

  private byte[] arp(int operation, byte[] sender, byte[] targetHardware) {
    ByteBuffer b = ByteBuffer.allocate(ARP_BYTES);
    b.putShort((short) 1).putShort((short) 0x0800).put((byte) 6).put((byte) 4);
    b.putShort((short) operation).put(own).put(sender).put(targetHardware).put(address);
    return b.array();
  }

  private static ByteBuffer ipv6(byte[] source, byte[] destination, int payload) {
    ByteBuffer b = ByteBuffer.allocate(40 + payload);
    b.putInt(0, 0x60000000);
    b.putShort(4, (short) payload);
    b.put(6, (byte) 58);
    b.put(7, (byte) 255);
    b.put(8, source);
    b.put(24, destination);
    return b;
  }

  /** A group's hardware address: 33:33 and its last four bytes. */
  private static byte[] hardwareOf(byte[] group) {
    return new byte[] {0x33, 0x33, group[12], group[13], group[14], group[15]};
  }

  /** The sum goes over both addresses, length, next header and the message. */
  private static byte[] withSum(ByteBuffer b) {
    int sum = b.limit() - 40 + 58;
    for (int at = 8; at < b.limit(); at += 2) {
      sum += b.getShort(at) & 0xffff;
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    b.putShort(42, (short) ~sum);
    byte[] packet = new byte[b.limit()];
    b.get(0, packet);
    return packet;
  }
}
