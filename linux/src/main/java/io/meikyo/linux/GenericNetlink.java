// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Asks subsystems of the kernel by name (generic netlink). The kernel answers before the send
 * returns. For one thread.
 *
 * <pre>
 *  request   0 bytes u32 | 4 family u16 | 6 flags u16 | 8 sequence u32 | 12 port u32 = 0
 *           16 command u8 | 17 version u8 | 18 zero u16 | 20 attributes
 *  answers   the same, any number of them, then
 *            0 bytes u32 | 4 type u16 = 2 | ... | 16 errno i32, negative; 0: done
 * </pre>
 */
final class GenericNetlink implements AutoCloseable {
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW = 3;
  private static final int NETLINK_GENERIC = 16;

  private static final int REQUEST_AND_ACK = 5;
  private static final int ERROR = 2;
  private static final int HEAD = 16;
  private static final int COMMAND_HEAD = 4;

  private static final int CONTROLLER = 16;
  private static final int CONTROLLER_VERSION = 2;
  private static final int GET_FAMILY = 3;
  private static final int FAMILY_ID = 1;
  private static final int FAMILY_NAME = 2;

  private static final int ANSWER_BYTES_MAX = 64 << 10;

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment answer = arena.allocate(ANSWER_BYTES_MAX, 8);
  private final int socket;
  private int sequence;

  /**
   * Connects.
   *
   * @throws LinuxException EAFNOSUPPORT (97), EPROTONOSUPPORT (93): this kernel does not have it
   */
  GenericNetlink() throws LinuxException {
    socket = Sockets.open(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
  }

  /**
   * The number of a subsystem.
   *
   * @throws LinuxException ENOENT: the kernel does not have it, its module is not loaded, or it is
   *     not for this network namespace
   */
  int family(String name) throws LinuxException {
    NetlinkAttributes asked = new NetlinkAttributes().text(FAMILY_NAME, name);
    String call = "generic netlink family";
    for (var found : call(CONTROLLER, CONTROLLER_VERSION, GET_FAMILY, asked, call, name)) {
      if (found.type() == FAMILY_ID) {
        return Short.toUnsignedInt(found.value().getShort(0));
      }
    }
    throw new LinuxException(call, Errno.ENOENT, name);
  }

  /**
   * Gives a command.
   *
   * @param call how messages name it
   * @param object what it is about
   * @return the attributes of its first answer; empty if there is none
   * @throws LinuxException EPERM, and what the subsystem says
   */
  List<NetlinkAttributes.Attribute> call(
      int family,
      int version,
      int command,
      NetlinkAttributes attributes,
      String call,
      Object object)
      throws LinuxException {
    byte[] request = request(family, version, command, ++sequence, attributes);
    try (Arena once = Arena.ofConfined()) {
      MemorySegment bytes = once.allocate(request.length, 8);
      MemorySegment.copy(request, 0, bytes, Native.BYTE, 0, request.length);
      LinuxException.check(Descriptors.write(socket, bytes), call, object);
    }
    List<NetlinkAttributes.Attribute> first = List.of();
    while (true) {
      int got = Sockets.receive(socket, answer, Sockets.MSG_DONTWAIT);
      LinuxException.check(got, call, object);
      ByteBuffer in = answer.asSlice(0, got).asByteBuffer().order(ByteOrder.nativeOrder());
      if (got < HEAD + COMMAND_HEAD || in.getInt(8) != sequence) {
        throw new LinuxException(call, Errno.EPROTO, String.valueOf(object));
      }
      if (in.getShort(4) == ERROR) {
        LinuxException.check(in.getInt(HEAD), call, object);
        return first;
      }
      if (first.isEmpty()) {
        int length = Math.min(in.getInt(0), got) - HEAD - COMMAND_HEAD;
        byte[] copy = new byte[Math.max(0, length)];
        in.get(HEAD + COMMAND_HEAD, copy);
        first = NetlinkAttributes.parse(ByteBuffer.wrap(copy));
      }
    }
  }

  /** A request as bytes. */
  static byte[] request(
      int family, int version, int command, int sequence, NetlinkAttributes attributes) {
    byte[] list = attributes.toBytes();
    ByteBuffer out =
        ByteBuffer.allocate(HEAD + COMMAND_HEAD + list.length).order(ByteOrder.nativeOrder());
    out.putInt(out.capacity()).putShort((short) family).putShort((short) REQUEST_AND_ACK);
    out.putInt(sequence).putInt(0);
    out.put((byte) command).put((byte) version).putShort((short) 0);
    return out.put(list).array();
  }

  @Override
  public void close() {
    Descriptors.close(socket);
    arena.close();
  }
}
