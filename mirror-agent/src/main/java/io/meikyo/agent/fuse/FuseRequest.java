// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.fuse;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * A request of the kernel (FUSE ABI 7, linux/fuse.h), from its bytes. All numbers are in the
 * machine's own byte order.
 *
 * <pre>
 *  every request, fuse_in_header, 40 bytes
 *     0 bytes in all u32 | 4 operation u32 | 8 unique u64 | 16 node u64 | 24 uid u32 | 28 gid u32
 *    32 pid u32 | 36 extensions u16 | 38 -
 *  then, from byte 40 on
 *    INIT       0 major u32 | 4 minor u32 | 8 read-ahead u32 | 12 flags u32 | 16 flags2 u32 ...
 *    LOOKUP     name, zero-terminated
 *    OPEN       0 open flags u32 | 4 -
 *    READ       0 handle u64 | 8 offset u64 | 16 bytes u32 | 20 ... 40
 *    WRITE      0 handle u64 | 8 offset u64 | 16 bytes u32 | 20 write flags u32 | 24 lock u64
 *              32 open flags u32 | 36 - | 40 the bytes
 *    FALLOCATE  0 handle u64 | 8 offset u64 | 16 length u64 | 24 mode u32 | 28 -
 *    READDIR    as READ
 *    FSYNC, FLUSH, RELEASE, GETATTR, ACCESS ...   nothing that we need
 * </pre>
 *
 * Bit 63 of {@code unique} says that the request was already given to a former server, which has
 * not answered it ({@link FuseReply#resend}); it is answered with the bit.
 */
sealed interface FuseRequest {
  /** Bytes of the header of every request. */
  int HEADER_BYTES = 40;

  /** Bytes in front of what is written. */
  int WRITE_HEAD_BYTES = 80;

  /** Bit of {@link #unique}: given to a former server before. */
  long RESENT = 1L << 63;

  /** Open flag: every write is durable when it is answered. */
  int O_DSYNC = 0x1000;

  /** The number to answer with. */
  long unique();

  /** True if a former server got it and did not answer. */
  default boolean resent() {
    return (unique() & RESENT) != 0;
  }

  /** The first request: versions and flags. */
  record Init(long unique, int major, int minor, int readAhead, int flags, int flags2)
      implements FuseRequest {}

  /** Which node has this name? */
  record Lookup(long unique, long node, String name) implements FuseRequest {}

  /** Kind, size and times of a node. */
  record GetAttributes(long unique, long node) implements FuseRequest {}

  /** Opens a file. */
  record Open(long unique, long node, int flags) implements FuseRequest {}

  /** Opens a folder. */
  record OpenFolder(long unique, long node) implements FuseRequest {}

  /** Names in a folder, from a position on. */
  record ReadFolder(long unique, long node, long from, int bytes) implements FuseRequest {}

  /** Size of the file system. */
  record FileSystem(long unique) implements FuseRequest {}

  /** Something that is simply granted: ACCESS, FLUSH, RELEASE, RELEASEDIR, FSYNCDIR, DESTROY. */
  record Granted(long unique) implements FuseRequest {}

  /** Something that has no answer: FORGET, BATCH_FORGET. */
  record Unanswered(long unique) implements FuseRequest {}

  /** Reads bytes. */
  record Read(long unique, long node, long offset, int bytes) implements FuseRequest {}

  /** Writes the bytes behind the first {@link #WRITE_HEAD_BYTES}. */
  record Write(long unique, long node, long offset, int bytes, boolean durable)
      implements FuseRequest {}

  /** Makes durable what was written. */
  record Sync(long unique, long node) implements FuseRequest {}

  /** Zeroes, frees or reserves a range. */
  record Allocate(long unique, long node, long offset, long bytes, int mode)
      implements FuseRequest {}

  /** An operation that we do not have. */
  record Unknown(long unique, int operation) implements FuseRequest {}

  /** Not a request: too short, or its lengths do not agree. */
  record Malformed(long unique) implements FuseRequest {}

  /**
   * The request in these bytes. Never fails: what is not by the book is {@link Malformed}.
   *
   * @param in exactly what one read(2) returned
   */
  static FuseRequest of(MemorySegment in) {
    long length = in.byteSize();
    if (length < HEADER_BYTES) {
      return new Malformed(0);
    }
    long unique = u64(in, 8);
    if (u32(in, 0) != length) {
      return new Malformed(unique);
    }
    int operation = u32(in, 4);
    return length < HEADER_BYTES + bodyBytes(operation)
        ? new Malformed(unique)
        : of(in, operation, unique, u64(in, 16));
  }

  private static FuseRequest of(MemorySegment in, int operation, long unique, long node) {
    return switch (operation) {
      case FuseOp.READ -> new Read(unique, node, u64(in, 48), u32(in, 56));
      case FuseOp.WRITE -> write(in, unique, node);
      case FuseOp.FSYNC -> new Sync(unique, node);
      case FuseOp.FALLOCATE -> new Allocate(unique, node, u64(in, 48), u64(in, 56), u32(in, 64));
      case FuseOp.INIT -> init(in, unique);
      case FuseOp.LOOKUP -> lookup(in, unique, node);
      case FuseOp.GETATTR -> new GetAttributes(unique, node);
      case FuseOp.OPEN -> new Open(unique, node, u32(in, 40));
      case FuseOp.OPENDIR -> new OpenFolder(unique, node);
      case FuseOp.READDIR -> new ReadFolder(unique, node, u64(in, 48), u32(in, 56));
      case FuseOp.STATFS -> new FileSystem(unique);
      case FuseOp.ACCESS,
          FuseOp.FLUSH,
          FuseOp.RELEASE,
          FuseOp.RELEASEDIR,
          FuseOp.FSYNCDIR,
          FuseOp.DESTROY ->
          new Granted(unique);
      case FuseOp.FORGET, FuseOp.BATCH_FORGET -> new Unanswered(unique);
      default -> new Unknown(unique, operation);
    };
  }

  /** Bytes that the operation has behind the header, at least. */
  private static int bodyBytes(int operation) {
    return switch (operation) {
      case FuseOp.READ, FuseOp.WRITE, FuseOp.READDIR -> 40;
      case FuseOp.FALLOCATE -> 32;
      case FuseOp.INIT -> 16;
      case FuseOp.OPEN -> 8;
      case FuseOp.LOOKUP -> 1;
      default -> 0;
    };
  }

  private static FuseRequest write(MemorySegment in, long unique, long node) {
    int bytes = u32(in, 56);
    boolean fits = bytes >= 0 && in.byteSize() == WRITE_HEAD_BYTES + (long) bytes;
    return fits
        ? new Write(unique, node, u64(in, 48), bytes, (u32(in, 72) & O_DSYNC) != 0)
        : new Malformed(unique);
  }

  private static FuseRequest init(MemorySegment in, long unique) {
    int flags2 = in.byteSize() >= HEADER_BYTES + 20 ? u32(in, 56) : 0;
    return new Init(unique, u32(in, 40), u32(in, 44), u32(in, 48), u32(in, 52), flags2);
  }

  private static FuseRequest lookup(MemorySegment in, long unique, long node) {
    long end = HEADER_BYTES;
    while (end < in.byteSize() && in.get(ValueLayout.JAVA_BYTE, end) != 0) {
      end++;
    }
    if (end == in.byteSize()) {
      return new Malformed(unique);
    }
    byte[] name = in.asSlice(HEADER_BYTES, end - HEADER_BYTES).toArray(ValueLayout.JAVA_BYTE);
    return new Lookup(unique, node, new String(name, StandardCharsets.ISO_8859_1));
  }

  private static int u32(MemorySegment in, long at) {
    return in.get(ValueLayout.JAVA_INT_UNALIGNED, at);
  }

  private static long u64(MemorySegment in, long at) {
    return in.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
  }
}
