// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The header of sendmsg(2) and recvmsg(2), with room for pieces and for descriptors to pass.
 * Reusable; for one thread and one call at a time.
 *
 * <pre>
 *  struct msghdr   0 name 8 | 8 name bytes 4 | 16 pieces 8 | 24 number of pieces 8
 *                 32 control 8 | 40 control bytes 8 | 48 flags 4
 *  struct iovec    0 address 8 | 8 bytes 8
 *  struct cmsghdr  0 bytes 8 | 8 level 4 | 12 type 4 | 16 descriptors, 4 each
 * </pre>
 *
 * It does not keep the pieces' memory alive: the caller does.
 */
public final class SocketMessage {
  /** Most descriptors of one message. */
  public static final int DESCRIPTORS_MAX = 16;

  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int CONTROL_HEAD = 16;
  private static final int MSG_CTRUNC = 8;
  private static final int CONTROL_AT = 32;
  private static final int CONTROL_BYTES_AT = 40;
  private static final int FLAGS_AT = 48;

  private final MemorySegment header;
  private final MemorySegment pieces;
  private final MemorySegment control;
  private final int piecesMax;
  private int count;

  /** Makes one with room for so many pieces, at most {@link Sockets#IOV_MAX}. */
  public SocketMessage(Arena arena, int piecesMax) {
    if (piecesMax < 1 || piecesMax > Sockets.IOV_MAX) {
      throw new IllegalArgumentException("pieces: " + piecesMax);
    }
    this.piecesMax = piecesMax;
    header = arena.allocate(56, 8);
    pieces = arena.allocate(16L * piecesMax, 8);
    control = arena.allocate(CONTROL_HEAD + 4L * DESCRIPTORS_MAX, 8);
    header.set(Native.LONG, 16, pieces.address());
  }

  /** The header, for the call. */
  public MemorySegment header() {
    return header;
  }

  /** Without pieces and descriptors. */
  public void clear() {
    count = 0;
    header.set(Native.LONG, 24, 0);
    header.set(Native.LONG, CONTROL_AT, 0);
    header.set(Native.LONG, CONTROL_BYTES_AT, 0);
  }

  /** True if there is room for one more piece. */
  public boolean hasRoom() {
    return count < piecesMax;
  }

  /** One more piece, from {@code skip} bytes on. */
  public void add(MemorySegment piece, long skip) {
    pieces.set(Native.LONG, 16L * count, piece.address() + skip);
    pieces.set(Native.LONG, 16L * count + 8, piece.byteSize() - skip);
    count++;
    header.set(Native.LONG, 24, count);
  }

  /** Descriptors to pass to the other side, which gets its own numbers for them. */
  public void pass(int... descriptors) {
    if (descriptors.length > DESCRIPTORS_MAX) {
      throw new IllegalArgumentException("descriptors: " + descriptors.length);
    }
    long bytes = CONTROL_HEAD + 4L * descriptors.length;
    control.set(Native.LONG, 0, bytes);
    control.set(Native.INT, 8, SOL_SOCKET);
    control.set(Native.INT, 12, SCM_RIGHTS);
    for (int i = 0; i < descriptors.length; i++) {
      control.set(Native.INT, CONTROL_HEAD + 4L * i, descriptors[i]);
    }
    header.set(Native.LONG, CONTROL_AT, control.address());
    header.set(Native.LONG, CONTROL_BYTES_AT, (bytes + 7) / 8 * 8);
  }

  /** Room for descriptors that come with the next message. */
  public void expectDescriptors() {
    control.set(Native.LONG, 0, 0);
    header.set(Native.LONG, CONTROL_AT, control.address());
    header.set(Native.LONG, CONTROL_BYTES_AT, control.byteSize());
    header.set(Native.INT, FLAGS_AT, 0);
  }

  /**
   * The descriptors that came; ours now, to be closed by the caller. Not close-on-exec unless the
   * call had MSG_CMSG_CLOEXEC ({@link #CLOSE_ON_EXEC}).
   */
  public int[] descriptors() {
    long bytes = header.get(Native.LONG, CONTROL_BYTES_AT);
    if (bytes < CONTROL_HEAD
        || control.get(Native.INT, 8) != SOL_SOCKET
        || control.get(Native.INT, 12) != SCM_RIGHTS) {
      return new int[0];
    }
    int[] found = new int[(int) ((control.get(Native.LONG, 0) - CONTROL_HEAD) / 4)];
    for (int i = 0; i < found.length; i++) {
      found[i] = control.get(Native.INT, CONTROL_HEAD + 4L * i);
    }
    return found;
  }

  /** True if more descriptors came than there was room for (the kernel has closed the rest). */
  public boolean lostDescriptors() {
    return (header.get(Native.INT, FLAGS_AT) & MSG_CTRUNC) != 0;
  }

  /** Flag for receiving: descriptors that come are close-on-exec (MSG_CMSG_CLOEXEC). */
  public static final int CLOSE_ON_EXEC = 0x40000000;
}
