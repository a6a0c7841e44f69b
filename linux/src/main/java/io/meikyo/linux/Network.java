// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The network interfaces of this network namespace and their addresses, read and changed through
 * route netlink. A change is in force when the call returns.
 *
 * <pre>
 *  struct nlmsghdr   0 bytes 4 | 4 type 2 | 6 flags 2 | 8 sequence 4 | 12 port 4
 *  struct ifinfomsg  16 family 1 | 18 kind 2 | 20 index 4 | 24 flags 4 | 28 change 4 | attributes
 *  struct ifaddrmsg  16 family 1 | 17 prefix 1 | 18 flags 1 | 19 scope 1 | 20 index 4 | attributes
 * </pre>
 */
public final class Network {
  /** Address flag: it is not the first of its network on the interface (IPv4). */
  public static final int SECONDARY = 1;

  /** Address flag: the kernel does not look for duplicates (IPv6). */
  public static final int NO_DUPLICATE_CHECK = 2;

  /** Address flag: the kernel found a duplicate and does not use it (IPv6). */
  public static final int DUPLICATE = 8;

  /** Address flag: the kernel still looks for duplicates; nothing can use it yet (IPv6). */
  public static final int TENTATIVE = 0x40;

  /** Address flag: it stays until somebody takes it away. */
  public static final int PERMANENT = 0x80;

  private static final int AF_NETLINK = 16;
  private static final int NETLINK_ROUTE = 0;
  private static final int HEADER = 16;
  private static final int TYPE_ERROR = 2;
  private static final int TYPE_DONE = 3;
  private static final int NEW_LINK = 16;
  private static final int GET_LINK = 18;
  private static final int NEW_ADDRESS = 20;
  private static final int DELETE_ADDRESS = 21;
  private static final int GET_ADDRESS = 22;
  private static final int F_REQUEST = 1;
  private static final int F_ACK = 4;
  private static final int F_INTERRUPTED = 0x10;
  private static final int F_EXCLUSIVE = 0x200;
  private static final int F_CREATE = 0x400;
  private static final int F_DUMP = 0x300;
  private static final int IFLA_ADDRESS = 1;
  private static final int IFLA_NAME = 3;
  private static final int IFA_ADDRESS = 1;
  private static final int IFA_LOCAL = 2;
  private static final int IFA_LABEL = 3;
  private static final int IFA_BROADCAST = 4;
  private static final int IFA_CACHE_INFO = 6;
  private static final int IFA_FLAGS = 8;
  private static final int UP = 1;
  private static final int LOOPBACK = 8;
  private static final int NO_ARP = 0x80;
  private static final int LOWER_UP = 0x10000;
  private static final int FOREVER = -1;
  private static final int REPLY_BYTES = 64 << 10;
  private static final int ATTEMPTS_MAX = 8;

  /** The kernel answers in the call itself; so long at most for an answer that was lost. */
  private static final long ANSWER_NANOS = 5_000_000_000L;

  private Network() {}

  /**
   * A network interface.
   *
   * @param index its number
   * @param name such as {@code eth0}
   * @param hardware its hardware address, {@code 02:00:5e:00:00:01}; empty if it has none
   * @param up somebody has switched it on
   * @param carrier a cable with somebody at the other end
   * @param loopback it is the way to this host itself
   * @param resolves neighbours are found by ARP or NDP
   */
  public record Link(
      int index,
      String name,
      String hardware,
      boolean up,
      boolean carrier,
      boolean loopback,
      boolean resolves) {}

  /**
   * An address of this host.
   *
   * @param link index of its interface
   * @param address the address, without a scope
   * @param prefix bits of its network
   * @param flags of the constants above
   * @param scope 0: global, 253: this link, 254: this host
   * @param label a name of at most 15 characters that begins with the interface's (IPv4); empty: it
   *     has none
   * @param broadcast null: none
   * @param preferred false: used for what comes, not chosen for what goes out (IPv6: deprecated)
   */
  public record Address(
      int link,
      InetAddress address,
      int prefix,
      int flags,
      int scope,
      String label,
      @Nullable InetAddress broadcast,
      boolean preferred) {}

  /** All interfaces, by number. */
  public static List<Link> links() throws LinuxException {
    List<Link> links = new ArrayList<>();
    dump(
        GET_LINK,
        NEW_LINK,
        links::clear,
        message -> {
          int flags = message.get(Native.INT, 24);
          String name = "";
          String hardware = "";
          for (NetlinkAttributes.Attribute a : attributes(message, HEADER + 16)) {
            switch (a.type()) {
              case IFLA_NAME -> name = a.text();
              case IFLA_ADDRESS -> hardware = HexFormat.ofDelimiter(":").formatHex(a.toBytes());
              default -> {}
            }
          }
          links.add(
              new Link(
                  message.get(Native.INT, 20),
                  name,
                  hardware,
                  (flags & UP) != 0,
                  (flags & LOWER_UP) != 0,
                  (flags & LOOPBACK) != 0,
                  (flags & NO_ARP) == 0));
        });
    return links;
  }

  /** All addresses of IPv4 and IPv6. */
  public static List<Address> addresses() throws LinuxException {
    List<Address> addresses = new ArrayList<>();
    dump(
        GET_ADDRESS,
        NEW_ADDRESS,
        addresses::clear,
        message -> {
          Address address = address(message);
          if (address != null) {
            addresses.add(address);
          }
        });
    return addresses;
  }

  private static @Nullable Address address(MemorySegment message) {
    int family = message.get(Native.BYTE, 16);
    if (family != SocketAddress.AF_INET && family != SocketAddress.AF_INET6) {
      return null;
    }
    byte[] own = null;
    byte[] broadcast = null;
    int flags = message.get(Native.BYTE, 18) & 0xff;
    String label = "";
    boolean preferred = true;
    boolean local = false;
    for (NetlinkAttributes.Attribute a : attributes(message, HEADER + 8)) {
      switch (a.type()) {
        // With a peer, IFA_LOCAL is ours and IFA_ADDRESS the peer's; IPv6 gives IFA_ADDRESS alone.
        case IFA_LOCAL -> {
          own = a.toBytes();
          local = true;
        }
        case IFA_ADDRESS -> own = local ? own : a.toBytes();
        case IFA_LABEL -> label = a.text();
        case IFA_BROADCAST -> broadcast = a.toBytes();
        case IFA_FLAGS -> flags = a.number();
        case IFA_CACHE_INFO -> preferred = a.number() != 0;
        default -> {}
      }
    }
    return own == null
        ? null
        : new Address(
            message.get(Native.INT, 20),
            inet(own),
            message.get(Native.BYTE, 17) & 0xff,
            flags,
            message.get(Native.BYTE, 19) & 0xff,
            label,
            broadcast == null ? null : inet(broadcast),
            preferred);
  }

  private static InetAddress inet(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Gives an interface an address. Of its flags only {@link #NO_DUPLICATE_CHECK} counts.
   *
   * @throws LinuxException EEXIST (it has it), ENODEV, EPERM, EACCES (IPv6 is switched off there),
   *     EINVAL
   */
  public static void add(Address address) throws LinuxException {
    change(NEW_ADDRESS, F_CREATE | F_EXCLUSIVE, address);
  }

  /**
   * Takes an address from an interface.
   *
   * @throws LinuxException EADDRNOTAVAIL (it is not there), ENODEV, EPERM
   */
  public static void remove(Address address) throws LinuxException {
    change(DELETE_ADDRESS, 0, address);
  }

  private static void change(int type, int flags, Address address) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      byte[] list = attributes(type == NEW_ADDRESS, address).toBytes();
      int bytes = HEADER + 8 + list.length;
      MemorySegment message = arena.allocate(bytes, 8);
      message.set(Native.INT, 0, bytes);
      message.set(Native.SHORT, 4, (short) type);
      message.set(Native.SHORT, 6, (short) (F_REQUEST | F_ACK | flags));
      boolean six = address.address instanceof Inet6Address;
      message.set(Native.BYTE, 16, (byte) (six ? SocketAddress.AF_INET6 : SocketAddress.AF_INET));
      message.set(Native.BYTE, 17, (byte) address.prefix);
      message.set(Native.BYTE, 19, (byte) address.scope);
      message.set(Native.INT, 20, address.link);
      MemorySegment.copy(list, 0, message, Native.BYTE, HEADER + 8, list.length);
      int socket = open(arena);
      try {
        acknowledged(arena, socket, message, address);
      } finally {
        Descriptors.close(socket);
      }
    }
  }

  private static NetlinkAttributes attributes(boolean all, Address address) {
    byte[] bytes = address.address.getAddress();
    NetlinkAttributes list =
        new NetlinkAttributes().bytes(IFA_LOCAL, bytes).bytes(IFA_ADDRESS, bytes);
    if (!all) {
      return list;
    }
    if (!address.label.isEmpty()) {
      list.text(IFA_LABEL, address.label);
    }
    InetAddress broadcast = address.broadcast;
    if (broadcast != null) {
      list.bytes(IFA_BROADCAST, broadcast.getAddress());
    }
    list.number32(IFA_FLAGS, address.flags & NO_DUPLICATE_CHECK);
    if (!address.preferred) {
      // Preferred for 0 s, valid for ever; the other two are the kernel's.
      byte[] times = ByteBuffer.allocate(16).putInt(4, FOREVER).array();
      list.bytes(IFA_CACHE_INFO, times);
    }
    return list;
  }

  private static List<NetlinkAttributes.Attribute> attributes(MemorySegment message, int start) {
    return NetlinkAttributes.parse(message.asSlice(start).asByteBuffer());
  }

  private static int padded(int bytes) {
    return (bytes + 3) & ~3;
  }

  private static int open(Arena arena) throws LinuxException {
    int socket =
        LinuxException.check(
            Datagrams.socket(AF_NETLINK, Datagrams.SOCK_RAW, NETLINK_ROUTE), "socket", "netlink");
    try {
      MemorySegment address = arena.allocate(12, 4);
      address.set(Native.SHORT, 0, (short) AF_NETLINK);
      Datagrams.bind(socket, address, "netlink");
      return socket;
    } catch (LinuxException e) {
      Descriptors.close(socket);
      throw e;
    }
  }

  private static void acknowledged(Arena arena, int socket, MemorySegment message, Address about)
      throws LinuxException {
    String object = about.address.getHostAddress() + "/" + about.prefix;
    LinuxException.check(Datagrams.send(socket, message, null), "netlink request", object);
    MemorySegment reply = arena.allocate(REPLY_BYTES, 8);
    LinuxException.check(Datagrams.receive(socket, reply, ANSWER_NANOS), "netlink answer", object);
    int errno = reply.get(Native.INT, HEADER);
    LinuxException.check(errno, "change of an address", object);
  }

  /** Takes one message of a list; it is valid only during the call. */
  private interface Each {
    void message(MemorySegment message);
  }

  /** Asks for a list; begins again when it changed meanwhile. */
  private static void dump(int request, int wanted, Runnable begin, Each each)
      throws LinuxException {
    for (int attempt = 1; ; attempt++) {
      begin.run();
      try (Arena arena = Arena.ofConfined()) {
        int socket = open(arena);
        try {
          if (dumped(arena, socket, request, wanted, each) || attempt == ATTEMPTS_MAX) {
            return;
          }
        } finally {
          Descriptors.close(socket);
        }
      }
    }
  }

  /** True if it did not change while it was read. */
  private static boolean dumped(Arena arena, int socket, int request, int wanted, Each each)
      throws LinuxException {
    MemorySegment message = arena.allocate(HEADER + 16, 8);
    message.set(Native.INT, 0, HEADER + 16);
    message.set(Native.SHORT, 4, (short) request);
    message.set(Native.SHORT, 6, (short) (F_REQUEST | F_DUMP));
    LinuxException.check(Datagrams.send(socket, message, null), "netlink request", "a list");
    MemorySegment reply = arena.allocate(REPLY_BYTES, 8);
    boolean whole = true;
    while (true) {
      int bytes =
          LinuxException.check(
              Datagrams.receive(socket, reply, ANSWER_NANOS), "netlink answer", "a list");
      int at = 0;
      while (at + HEADER <= bytes) {
        int length = reply.get(Native.INT, at);
        if (length < HEADER || at + length > bytes) {
          throw new LinuxException("netlink answer", Errno.EPROTO, "a list");
        }
        int type = reply.get(Native.SHORT, at + 4) & 0xffff;
        whole &= (reply.get(Native.SHORT, at + 6) & F_INTERRUPTED) == 0;
        if (type == TYPE_DONE) {
          return whole;
        }
        if (type == TYPE_ERROR) {
          LinuxException.check(reply.get(Native.INT, at + HEADER), "netlink list", "a list");
          return whole;
        }
        if (type == wanted) {
          each.message(reply.asSlice(at, length));
        }
        at += padded(length);
      }
    }
  }
}
