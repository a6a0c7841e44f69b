// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The kernel's NBD client: block devices /dev/nbdN whose requests leave over a socket, by the NBD
 * protocol without a handshake and with simple replies. Driven through generic netlink, family
 * {@code nbd}; needs CAP_SYS_ADMIN, the first network namespace, and Linux 5.14 for the names.
 *
 * <pre>
 *  command    1 CONNECT  2 DISCONNECT  3 RECONFIGURE  5 STATUS
 *  attribute  1 index u32 | 2 bytes u64 | 3 block bytes u64 | 4 timeout s u64
 *             5 server's flags u64
 *             6 client's flags u64: bit 1 disconnect at the last close
 *             7 list of sockets { 1 { 1 descriptor u32 } } | 8 dead-connection timeout s u64
 *             9 list of devices { 1 { 1 index u32, 2 connected u8 } }
 *             10 name of what is behind, text
 * </pre>
 *
 * <p>What the kernel does when the other end of the socket goes: new requests wait for {@link
 * #reconnect}, at most the dead-connection timeout, then fail. Those that were sent already wait
 * until their own time is over, counted from when they were sent, and are then sent again. With a
 * timeout of 0 nothing would end their waiting if no other connection comes, so 0 is refused here.
 * A request that is not answered in time has the same effect: the kernel gives up the connection
 * and sends it again over the next.
 */
public final class NbdClient {
  private static final String FAMILY = "nbd";
  private static final int VERSION = 1;

  static final int CONNECT = 1;
  static final int DISCONNECT = 2;
  static final int RECONFIGURE = 3;
  static final int STATUS = 5;

  private static final int INDEX = 1;
  private static final int SIZE_BYTES = 2;
  private static final int BLOCK_BYTES = 3;
  private static final int TIMEOUT = 4;
  private static final int SERVER_FLAGS = 5;
  private static final int CLIENT_FLAGS = 6;
  private static final int SOCKETS = 7;
  private static final int DEAD_TIMEOUT = 8;
  private static final int DEVICES = 9;
  private static final int BACKEND = 10;

  private static final int ITEM = 1;
  private static final int SOCKET_DESCRIPTOR = 1;
  private static final int DEVICE_INDEX = 1;
  private static final int DEVICE_CONNECTED = 2;

  private static final long DISCONNECT_ON_CLOSE = 2;
  private static final Path BLOCK = Path.of("/sys/block");

  private NbdClient() {}

  /**
   * How long the kernel waits.
   *
   * @param requestSeconds for one answer, before it gives up the connection; at least 1
   * @param deadSeconds for another connection, before requests fail
   */
  public record Patience(long requestSeconds, long deadSeconds) {
    /** Checks them. */
    public Patience {
      if (requestSeconds < 1 || deadSeconds < 1) {
        throw new IllegalArgumentException(requestSeconds + " s, " + deadSeconds + " s");
      }
    }
  }

  /**
   * A device to be made.
   *
   * @param bytes its size
   * @param blockBytes its logical and physical block: 512 to a page
   * @param flags what the server can do, as in the protocol's handshake
   * @param backend name of what is behind; the same at every {@link #reconnect}
   */
  public record Export(long bytes, int blockBytes, int flags, String backend) {}

  /**
   * Looks whether it can be used from here.
   *
   * @throws LinuxException ENOENT: the module is not loaded, or not for this network namespace
   */
  public static void check() throws LinuxException {
    try (GenericNetlink netlink = new GenericNetlink()) {
      netlink.family(FAMILY);
    }
  }

  /**
   * Makes a device, on any free number.
   *
   * @param socket connected to the server; the kernel keeps it for itself, the caller's descriptor
   *     stays the caller's
   * @return its number
   * @throws LinuxException ENOENT (see {@link #check}), EPERM, EINVAL (the block size, or no
   *     socket), ENOMEM, EOPNOTSUPP: the kernel is older than 5.14 and knows no names
   */
  public static int connect(int socket, Export export, Patience patience) throws IOException {
    int index = -1;
    for (var found : call(CONNECT, connecting(socket, export, patience), export.backend)) {
      index = found.type() == INDEX ? found.number() : index;
    }
    if (index < 0) {
      throw new LinuxException("NBD connect", Errno.EPROTO, export.backend);
    }
    if (!backend(index).equals(export.backend)) {
      disconnect(index);
      throw new LinuxException("NBD connect", Errno.EOPNOTSUPP, export.backend);
    }
    return index;
  }

  static NetlinkAttributes connecting(int socket, Export export, Patience patience) {
    return new NetlinkAttributes()
        .number64(SIZE_BYTES, export.bytes)
        .number64(BLOCK_BYTES, export.blockBytes)
        .number64(SERVER_FLAGS, export.flags)
        .number64(TIMEOUT, patience.requestSeconds)
        .number64(DEAD_TIMEOUT, patience.deadSeconds)
        .list(SOCKETS, socket(socket))
        .text(BACKEND, export.backend);
  }

  private static NetlinkAttributes socket(int socket) {
    return new NetlinkAttributes()
        .list(ITEM, new NetlinkAttributes().number32(SOCKET_DESCRIPTOR, socket));
  }

  /**
   * Gives a device whose connection is dead another one. If it is not dead, nothing happens: the
   * kernel lets go of the socket and says nothing, which shows at its other end as the end of file.
   *
   * @throws LinuxException ENOENT (see {@link #check}), EPERM, EINVAL: there is no such device, or
   *     it has another name
   */
  public static void reconnect(int index, int socket, String backend, Patience patience)
      throws LinuxException {
    call(RECONFIGURE, reconnecting(index, socket, backend, patience), backend);
  }

  static NetlinkAttributes reconnecting(int index, int socket, String backend, Patience patience) {
    return to(index, backend)
        .number64(TIMEOUT, patience.requestSeconds)
        .number64(DEAD_TIMEOUT, patience.deadSeconds)
        .list(SOCKETS, socket(socket));
  }

  /**
   * Changes how long it waits; counts for requests that are sent from now on.
   *
   * @throws LinuxException as {@link #reconnect}
   */
  public static void patience(int index, String backend, Patience patience) throws LinuxException {
    call(
        RECONFIGURE,
        to(index, backend)
            .number64(TIMEOUT, patience.requestSeconds)
            .number64(DEAD_TIMEOUT, patience.deadSeconds),
        backend);
  }

  /**
   * Whether the device goes when its last user closes it. Whoever closes it next is the last user,
   * if nobody else has it open.
   *
   * @throws LinuxException as {@link #reconnect}
   */
  public static void goesAtLastClose(int index, String backend, boolean goes)
      throws LinuxException {
    long flags = goes ? DISCONNECT_ON_CLOSE : 0;
    call(RECONFIGURE, to(index, backend).number64(CLIENT_FLAGS, flags), backend);
  }

  private static NetlinkAttributes to(int index, String backend) {
    return new NetlinkAttributes().number32(INDEX, index).text(BACKEND, backend);
  }

  /**
   * Takes a device away now: what its users have under way fails, and all that follows. The number
   * is free again when the last of them has closed it.
   *
   * @throws LinuxException ENOENT (see {@link #check}), EPERM, EINVAL: there is no such device
   */
  public static void disconnect(int index) throws LinuxException {
    call(DISCONNECT, new NetlinkAttributes().number32(INDEX, index), device(index));
  }

  /**
   * The devices with this name: connected, waiting for a connection, or taken away while somebody
   * has them open.
   *
   * @throws IOException ENOENT (see {@link #check}), EPERM; or /sys cannot be read
   */
  public static List<Integer> named(String backend) throws IOException {
    List<Integer> all = new ArrayList<>();
    for (var found : call(STATUS, new NetlinkAttributes(), FAMILY)) {
      if (found.type() != DEVICES) {
        continue;
      }
      for (var device : found.list()) {
        int index = inUse(device.list());
        if (index >= 0 && backend(index).equals(backend)) {
          all.add(index);
        }
      }
    }
    return all;
  }

  /** The number of a device of the list, or -1 if nobody uses it. */
  static int inUse(List<NetlinkAttributes.Attribute> device) {
    int index = -1;
    boolean connected = false;
    for (var fact : device) {
      if (fact.type() == DEVICE_INDEX) {
        index = fact.number();
      } else if (fact.type() == DEVICE_CONNECTED) {
        connected = fact.value().hasRemaining() && fact.value().get(0) != 0;
      }
    }
    return connected ? index : -1;
  }

  /** The name of what is behind a device; empty: it has none, or is not in use (any more). */
  private static String backend(int index) throws IOException {
    Path file = BLOCK.resolve("nbd" + index).resolve("backend");
    try {
      return Files.exists(file) ? Files.readString(file).strip() : "";
    } catch (IOException e) {
      if (Files.exists(file)) {
        throw e;
      }
      return "";
    }
  }

  /** Where a device is found. */
  public static Path device(int index) {
    return Path.of("/dev", "nbd" + index);
  }

  private static List<NetlinkAttributes.Attribute> call(
      int command, NetlinkAttributes attributes, Object object) throws LinuxException {
    try (GenericNetlink netlink = new GenericNetlink()) {
      int family = netlink.family(FAMILY);
      String name =
          switch (command) {
            case CONNECT -> "NBD connect";
            case DISCONNECT -> "NBD disconnect";
            case RECONFIGURE -> "NBD reconfigure";
            default -> "NBD status";
          };
      return netlink.call(family, VERSION, command, attributes, name, object);
    }
  }
}
