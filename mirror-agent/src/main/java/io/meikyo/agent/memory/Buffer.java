// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.memory;

import io.meikyo.core.base.Invariant;
import io.meikyo.core.partition.Payload;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * A piece of the pool, lent to one request.
 *
 * <pre>
 *  whole:  [ head room, 4096 bytes | bytes, on a 4096 boundary ........ | rest ]
 *                                    0                           length
 * </pre>
 *
 * The head room takes the header that a front end receives or sends in one piece with the bytes;
 * pools that no front end does that with have none.
 *
 * <p>It is counted: {@link BufferPool#take} gives it with one holder; {@link #keep} adds one,
 * {@link #drop} takes one away, and with the last it is back in the pool. Not for several threads
 * at once.
 */
public final class Buffer implements Payload {
  /** Bytes in front of the data, where there are any. */
  public static final int HEAD_BYTES = 4096;

  private final BufferPool pool;
  private final MemorySegment whole;
  private final ByteBuffer bytes;
  private final int headBytes;
  final int sizeClass;
  private int length;
  private int holders;

  Buffer(BufferPool pool, MemorySegment whole, int headBytes, int sizeClass) {
    this.pool = pool;
    this.whole = whole;
    this.headBytes = headBytes;
    this.bytes = whole.asSlice(headBytes).asByteBuffer().asReadOnlyBuffer();
    this.sizeClass = sizeClass;
  }

  void lend(int newLength) {
    Invariant.check(holders == 0, "a buffer is lent once", holders);
    holders = 1;
    length = newLength;
  }

  /** One more holder. */
  @Override
  public void keep() {
    Invariant.check(holders > 0, "a buffer is kept only while it is lent", holders);
    holders++;
  }

  /** One holder less. */
  @Override
  public void drop() {
    Invariant.check(holders > 0, "a buffer is dropped only while it is lent", holders);
    if (--holders == 0) {
      pool.back(this);
    }
  }

  /** Bytes in use. */
  public int length() {
    return length;
  }

  /** Bytes that it has room for, without the head room. */
  public int capacity() {
    return (int) whole.byteSize() - headBytes;
  }

  /** Uses fewer or more bytes of it. */
  public void length(int newLength) {
    Invariant.check(newLength >= 0 && newLength <= capacity(), "a length fits", newLength);
    length = newLength;
  }

  /** The bytes in use. */
  public MemorySegment bytes() {
    return whole.asSlice(headBytes, length);
  }

  /** The bytes with {@code head} bytes of the head room in front of them. */
  public MemorySegment withHead(int head) {
    return whole.asSlice(headBytes - head, head + length);
  }

  /** A new read-only view of the bytes in use. */
  public ByteBuffer view() {
    return bytes.slice(0, length);
  }
}
