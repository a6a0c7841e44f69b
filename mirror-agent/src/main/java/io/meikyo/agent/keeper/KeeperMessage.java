// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.keeper;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * A message between agent and keeper: 256 bytes, both ways, over a unix stream socket, numbers in
 * the machine's own byte order. A descriptor travels beside it (SCM_RIGHTS).
 *
 * <pre>
 *   0 magic u32 "MKKP" | 4 version u16 = 1 | 6 kind u16 | 8 result i32: 0 or errno | 12 -
 *  16 name, 64 bytes, filled with zeros
 *  80 first number i64 | 88 second number i64 | 96 list: 20 numbers i64, or text of 160 bytes
 *
 *  kind           asks                                        is answered with
 *   1 HELLO       first: heartbeat ns; second: successor ns   -
 *   2 BEAT        -                                           no answer
 *   3 DEPOSIT     name, descriptor, device major, minor       -
 *   4 FETCH       name                                        descriptor, major, minor; or ENOENT
 *   5 ATTACHED    name, text: the device                      -
 *   6 FORGET      name                                        -
 *   7 FROZEN      name, descriptor of a folder on the file    -
 *                 system; first: deadline, boot time ns
 *   8 THAWED      name                                        -
 *   9 RESENT      name; first: how many; list: their numbers  first: how many are fenced; list
 *  10 ANSWERED    name                                        -
 *  11 STATUS      -                                           first: mounts; second: freezes
 * </pre>
 *
 * 3 to 6 and 9 are refused with EBUSY while another connection that lives has a mount of the name.
 * A message that is not of this form ends the connection. Reusable; for one thread.
 */
final class KeeperMessage {
  static final int BYTES = 256;
  static final int LIST_MAX = 20;
  static final int NAME_BYTES_MAX = 63;

  static final int HELLO = 1;
  static final int BEAT = 2;
  static final int DEPOSIT = 3;
  static final int FETCH = 4;
  static final int ATTACHED = 5;
  static final int FORGET = 6;
  static final int FROZEN = 7;
  static final int THAWED = 8;
  static final int RESENT = 9;
  static final int ANSWERED = 10;
  static final int STATUS = 11;

  private static final int MAGIC = 0x504B4B4D;
  private static final short VERSION = 1;
  private static final int NAME_AT = 16;
  private static final int NAME_BYTES = NAME_BYTES_MAX + 1;
  private static final int LIST_AT = 96;
  private static final int TEXT_BYTES = 160;

  private final MemorySegment bytes;

  KeeperMessage(Arena arena) {
    bytes = arena.allocate(BYTES, 8);
  }

  MemorySegment bytes() {
    return bytes;
  }

  /** Begins a message. */
  KeeperMessage kind(int kind, String name) {
    bytes.fill((byte) 0);
    bytes.set(ValueLayout.JAVA_INT, 0, MAGIC);
    bytes.set(ValueLayout.JAVA_SHORT, 4, VERSION);
    bytes.set(ValueLayout.JAVA_SHORT, 6, (short) kind);
    text(NAME_AT, NAME_BYTES, name);
    return this;
  }

  /** True if it has the form. */
  boolean isValid() {
    return bytes.get(ValueLayout.JAVA_INT, 0) == MAGIC
        && bytes.get(ValueLayout.JAVA_SHORT, 4) == VERSION
        && bytes.get(ValueLayout.JAVA_BYTE, NAME_AT + NAME_BYTES_MAX) == 0
        && (kind() == RESENT || bytes.get(ValueLayout.JAVA_BYTE, BYTES - 1) == 0);
  }

  int kind() {
    return bytes.get(ValueLayout.JAVA_SHORT, 6);
  }

  int result() {
    return bytes.get(ValueLayout.JAVA_INT, 8);
  }

  KeeperMessage result(int errno) {
    bytes.set(ValueLayout.JAVA_INT, 8, errno);
    return this;
  }

  String name() {
    return bytes.getString(NAME_AT);
  }

  long first() {
    return bytes.get(ValueLayout.JAVA_LONG, 80);
  }

  long second() {
    return bytes.get(ValueLayout.JAVA_LONG, 88);
  }

  KeeperMessage numbers(long first, long second) {
    bytes.set(ValueLayout.JAVA_LONG, 80, first);
    bytes.set(ValueLayout.JAVA_LONG, 88, second);
    return this;
  }

  long item(int index) {
    return bytes.get(ValueLayout.JAVA_LONG, LIST_AT + 8L * index);
  }

  void item(int index, long value) {
    bytes.set(ValueLayout.JAVA_LONG, LIST_AT + 8L * index, value);
  }

  KeeperMessage text(String text) {
    text(LIST_AT, TEXT_BYTES, text);
    return this;
  }

  String text() {
    return bytes.getString(LIST_AT);
  }

  private void text(int at, int room, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    if (utf8.length >= room) {
      throw new IllegalArgumentException("longer than " + (room - 1) + " bytes: " + text);
    }
    MemorySegment.copy(utf8, 0, bytes, ValueLayout.JAVA_BYTE, at, utf8.length);
  }
}
