// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A list of netlink attributes as bytes. Pure.
 *
 * <pre>
 *  each   0 bytes u16, with these 4 | 2 type u16 | 4 value | zeros up to the next multiple of 4
 *  type   the highest bit is set when the value is itself a list
 * </pre>
 *
 * Numbers are in the machine's own byte order; texts end with a zero byte.
 */
final class NetlinkAttributes {
  private static final int HEAD = 4;
  private static final int NESTED = 0x8000;
  private static final int TYPE = 0x3fff;
  private static final int BYTES_MAX = 4096;

  private final ByteBuffer bytes = ByteBuffer.allocate(BYTES_MAX).order(ByteOrder.nativeOrder());

  /**
   * An attribute that came.
   *
   * @param value its bytes, from position to limit
   */
  record Attribute(int type, ByteBuffer value) {
    /** A number of 32 bits; -1 if it is shorter. */
    int number() {
      return value.remaining() < Integer.BYTES ? -1 : value.getInt(value.position());
    }

    /** A text, without the zero byte at its end. */
    String text() {
      byte[] utf8 = toBytes();
      int end = utf8.length > 0 && utf8[utf8.length - 1] == 0 ? utf8.length - 1 : utf8.length;
      return new String(utf8, 0, end, StandardCharsets.UTF_8);
    }

    byte[] toBytes() {
      byte[] copy = new byte[value.remaining()];
      value.get(value.position(), copy);
      return copy;
    }

    /** What it consists of. */
    List<Attribute> list() {
      return parse(value);
    }
  }

  NetlinkAttributes number32(int type, int value) {
    head(type, Integer.BYTES).putInt(value);
    return this;
  }

  NetlinkAttributes number64(int type, long value) {
    head(type, Long.BYTES).putLong(value);
    return this;
  }

  NetlinkAttributes bytes(int type, byte[] value) {
    head(type, value.length).put(value);
    return pad();
  }

  NetlinkAttributes text(int type, String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    head(type, utf8.length + 1).put(utf8).put((byte) 0);
    return pad();
  }

  NetlinkAttributes list(int type, NetlinkAttributes inner) {
    byte[] value = inner.toBytes();
    head(type | NESTED, value.length).put(value);
    return this;
  }

  private ByteBuffer head(int type, int valueBytes) {
    return bytes.putShort((short) (HEAD + valueBytes)).putShort((short) type);
  }

  private NetlinkAttributes pad() {
    while (bytes.position() % HEAD != 0) {
      bytes.put((byte) 0);
    }
    return this;
  }

  byte[] toBytes() {
    byte[] all = new byte[bytes.position()];
    bytes.get(0, all);
    return all;
  }

  /** Takes a list apart; what is cut off or shorter than its head ends it. */
  static List<Attribute> parse(ByteBuffer from) {
    ByteBuffer in = from.slice().order(ByteOrder.nativeOrder());
    List<Attribute> found = new ArrayList<>();
    while (in.remaining() >= HEAD) {
      int at = in.position();
      int length = Short.toUnsignedInt(in.getShort(at));
      int type = Short.toUnsignedInt(in.getShort(at + 2)) & TYPE;
      if (length < HEAD || length > in.remaining()) {
        break;
      }
      found.add(
          new Attribute(type, in.slice(at + HEAD, length - HEAD).order(ByteOrder.nativeOrder())));
      in.position(Math.min(at + (length + HEAD - 1) / HEAD * HEAD, in.limit()));
    }
    return found;
  }
}
