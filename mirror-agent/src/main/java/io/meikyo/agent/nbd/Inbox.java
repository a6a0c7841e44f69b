// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import io.meikyo.core.base.Invariant;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * What has come in from a client and was not taken yet.
 *
 * <pre>
 *  [ taken .... | come in, not taken .... | free ......... ]
 *               position                  limit
 * </pre>
 */
final class Inbox {
  /** Bytes of the memory of one. */
  static final int BYTES = 256 << 10;

  /** Room that is made free by moving, once there is less; many small requests fit in it. */
  private static final int FREE_BYTES_MIN = 64 << 10;

  private final MemorySegment memory;
  private final ByteBuffer bytes;

  Inbox(MemorySegment memory) {
    Invariant.check(memory.byteSize() == BYTES, "the memory of an inbox has its size");
    this.memory = memory;
    this.bytes = memory.asByteBuffer();
    bytes.limit(0);
  }

  /** What is not taken; whoever takes moves its position. */
  ByteBuffer bytes() {
    return bytes;
  }

  /** Where to receive. Never empty: what cannot be taken without more is shorter than the whole. */
  MemorySegment free() {
    int waiting = bytes.remaining();
    if (waiting == 0) {
      bytes.position(0).limit(0);
    } else if (BYTES - bytes.limit() < FREE_BYTES_MIN) {
      MemorySegment.copy(memory, bytes.position(), memory, 0, waiting);
      bytes.limit(waiting).position(0);
    }
    Invariant.check(bytes.limit() < BYTES, "an inbox that needs more has room");
    return memory.asSlice(bytes.limit());
  }

  /** So many bytes were received where {@link #free} said. */
  void received(int count) {
    bytes.limit(bytes.limit() + count);
  }

  /** Takes up to so many bytes into memory; returns how many. */
  int take(MemorySegment to, long offset, int most) {
    int now = Math.min(most, bytes.remaining());
    MemorySegment.copy(memory, bytes.position(), to, offset, now);
    bytes.position(bytes.position() + now);
    return now;
  }

  /** Takes up to so many bytes that nobody wants; returns how many. */
  int skip(long most) {
    int now = (int) Math.min(most, bytes.remaining());
    bytes.position(bytes.position() + now);
    return now;
  }
}
