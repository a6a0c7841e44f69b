// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.fuse;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * Answers to the kernel, as bytes. Each method writes one at the start of the memory and returns
 * how long it is; the whole goes to the kernel with one write(2).
 *
 * <pre>
 *  every answer, fuse_out_header, 16 bytes
 *     0 bytes in all u32 | 4 minus errno i32 | 8 unique u64
 *  then, if the errno is 0, from byte 16 on
 *    INIT     0 major u32 | 4 minor u32 | 8 read-ahead u32 | 12 flags u32 | 16 max_background u16
 *            18 congestion u16 | 20 max_write u32 | 24 time granularity u32 | 28 max_pages u16
 *            30 - | 32 flags2 u32 | 36 ... 64
 *    LOOKUP   0 node u64 | 8 generation u64 | 16 entry valid s u64 | 24 attributes valid s u64
 *            32 - | 40 attributes
 *    GETATTR  0 valid s u64 | 8 - | 16 attributes
 *    OPEN     0 handle u64 | 8 flags u32 | 12 -
 *    READ     the bytes
 *    WRITE    0 bytes u32 | 4 -
 *    STATFS   0 blocks u64 | 8 free u64 | 16 available u64 | 24 files u64 | 32 free files u64
 *            40 block bytes u32 | 44 longest name u32 | 48 fragment u32 | 52 ... 80
 *    READDIR  per name: 0 node u64 | 8 next position u64 | 16 name bytes u32 | 20 type u32
 *            24 name, filled up to 8
 *  attributes, fuse_attr, 88 bytes
 *     0 node u64 | 8 bytes u64 | 16 sectors u64 | 24 times ... | 60 mode u32 | 64 links u32
 *    68 uid u32 | 72 gid u32 | 76 device u32 | 80 block bytes u32 | 84 flags u32
 *  a notice has unique 0, its number as a positive "errno", here only
 *    RESEND 7 (without body): give me again what the former server has not answered
 * </pre>
 */
final class FuseReply {
  /** Bytes of the header of every answer. */
  static final int HEADER_BYTES = 16;

  /** Bytes of the largest answer that is written here. */
  static final int BYTES_MAX = 8192;

  private static final int NOTIFY_RESEND = 7;

  /**
   * Nothing here changes behind the kernel's back. If their time ran out, the kernel would ask for
   * them anew just to name the file under a loop device, and whoever clears up after a dead server
   * asks that.
   */
  private static final long VALID_SECONDS = 100L * 365 * 24 * 3600;

  private static final int S_IFDIR = 0040000;
  private static final int S_IFREG = 0100000;

  private FuseReply() {}

  /** The header of an answer whose body the caller has. */
  static void header(MemorySegment out, long unique, int bodyBytes) {
    out.set(ValueLayout.JAVA_INT_UNALIGNED, 0, HEADER_BYTES + bodyBytes);
    out.set(ValueLayout.JAVA_INT_UNALIGNED, 4, 0);
    out.set(ValueLayout.JAVA_LONG_UNALIGNED, 8, unique);
  }

  /** Done, or the positive errno why not. */
  static int status(MemorySegment out, long unique, int errno) {
    header(out, unique, 0);
    out.set(ValueLayout.JAVA_INT_UNALIGNED, 4, -errno);
    return HEADER_BYTES;
  }

  /** The notice that has the kernel send again what a former server has not answered. */
  static int resend(MemorySegment out) {
    header(out, 0, 0);
    out.set(ValueLayout.JAVA_INT_UNALIGNED, 4, NOTIFY_RESEND);
    return HEADER_BYTES;
  }

  /** So many bytes were written. */
  static int written(MemorySegment out, long unique, int bytes) {
    body(out, unique, 8);
    u32(out, 0, bytes);
    return HEADER_BYTES + 8;
  }

  /** A version and nothing else: the kernel asks again with this one. */
  static int version(MemorySegment out, long unique, int major, int minor) {
    body(out, unique, 8);
    u32(out, 0, major);
    u32(out, 4, minor);
    return HEADER_BYTES + 8;
  }

  /** What was agreed. */
  static int init(
      MemorySegment out,
      FuseRequest.Init request,
      int major,
      int minor,
      int flags,
      int flags2,
      FuseLimits limits) {
    body(out, request.unique(), 64);
    u32(out, 0, major);
    u32(out, 4, minor);
    u32(out, 8, request.readAhead());
    u32(out, 12, flags);
    u16(out, 16, limits.background());
    u16(out, 18, Math.max(1, limits.background() * 3 / 4));
    u32(out, 20, limits.requestBytesMax());
    u32(out, 24, 1);
    u16(out, 28, limits.requestBytesMax() / 4096);
    u32(out, 32, flags2);
    return HEADER_BYTES + 64;
  }

  /** A node by its name. */
  static int entry(MemorySegment out, long unique, long node, long bytes) {
    body(out, unique, 128);
    u64(out, 0, node);
    u64(out, 16, VALID_SECONDS);
    u64(out, 24, VALID_SECONDS);
    attributes(out, 40, node, bytes);
    return HEADER_BYTES + 128;
  }

  /** A node's attributes. */
  static int attributes(MemorySegment out, long unique, long node, long bytes) {
    body(out, unique, 104);
    u64(out, 0, VALID_SECONDS);
    attributes(out, 16, node, bytes);
    return HEADER_BYTES + 104;
  }

  /** An open file or folder. */
  static int opened(MemorySegment out, long unique, long handle, int flags) {
    body(out, unique, 16);
    u64(out, 0, handle);
    u32(out, 8, flags);
    return HEADER_BYTES + 16;
  }

  /** Size of the file system: full, since every byte of it is a device's. */
  static int fileSystem(MemorySegment out, long unique, long bytes, int files) {
    body(out, unique, 80);
    u64(out, 0, bytes / 4096);
    u64(out, 24, files);
    u32(out, 40, 4096);
    u32(out, 44, 255);
    u32(out, 48, 4096);
    return HEADER_BYTES + 80;
  }

  /** Begins a list of names. */
  static int names(MemorySegment out, long unique) {
    header(out, unique, 0);
    return HEADER_BYTES;
  }

  /**
   * Adds a name at {@code at}, what the call before returned.
   *
   * @param next position of the name behind it
   * @return the new length; {@code at} if it does not fit in {@code bytesMax} of body
   */
  static int name(
      MemorySegment out, int at, int bytesMax, long node, long next, boolean folder, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
    int whole = (24 + bytes.length + 7) / 8 * 8;
    if (at - HEADER_BYTES + whole > bytesMax || at + whole > BYTES_MAX) {
      return at;
    }
    MemorySegment entry = out.asSlice(at, whole).fill((byte) 0);
    entry.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, node);
    entry.set(ValueLayout.JAVA_LONG_UNALIGNED, 8, next);
    entry.set(ValueLayout.JAVA_INT_UNALIGNED, 16, bytes.length);
    entry.set(ValueLayout.JAVA_INT_UNALIGNED, 20, (folder ? S_IFDIR : S_IFREG) >> 12);
    MemorySegment.copy(bytes, 0, entry, ValueLayout.JAVA_BYTE, 24, bytes.length);
    out.set(ValueLayout.JAVA_INT_UNALIGNED, 0, at + whole);
    return at + whole;
  }

  private static void attributes(MemorySegment out, int at, long node, long bytes) {
    boolean folder = node == FuseTree.ROOT;
    u64(out, at, node);
    u64(out, at + 8, bytes);
    u64(out, at + 16, bytes / 512);
    u32(out, at + 60, folder ? S_IFDIR | 0700 : S_IFREG | 0600);
    u32(out, at + 64, folder ? 2 : 1);
    u32(out, at + 80, 4096);
  }

  private static void body(MemorySegment out, long unique, int bytes) {
    header(out, unique, bytes);
    out.asSlice(HEADER_BYTES, bytes).fill((byte) 0);
  }

  private static void u16(MemorySegment out, int at, int value) {
    out.set(ValueLayout.JAVA_SHORT_UNALIGNED, HEADER_BYTES + at, (short) value);
  }

  private static void u32(MemorySegment out, int at, int value) {
    out.set(ValueLayout.JAVA_INT_UNALIGNED, HEADER_BYTES + at, value);
  }

  private static void u64(MemorySegment out, int at, long value) {
    out.set(ValueLayout.JAVA_LONG_UNALIGNED, HEADER_BYTES + at, value);
  }
}
