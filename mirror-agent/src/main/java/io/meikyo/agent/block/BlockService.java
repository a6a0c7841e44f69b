// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.block;

import io.meikyo.agent.memory.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * A block device as front ends see it. Positions and counts are in blocks of {@link #blockBytes}.
 *
 * <p>All methods are for the loop's thread. Each request is answered exactly once, perhaps before
 * the call returns; answers come in any order. Requests that are under way at one time and overlap
 * are done one after the other, in an order that every later read agrees with.
 */
public interface BlockService {
  /** Bytes of a block: 512 or 4096. */
  int blockBytes();

  /** Size in blocks; does not change while the device is served. */
  long blocks();

  /** True if writes are refused. */
  boolean readOnly();

  /** Bytes to which a discard must be aligned to have an effect; 0: discards do nothing. */
  int discardBytes();

  /** Most bytes of one request; a power of two of at least 64 KiB. */
  int requestBytesMax();

  /** Memory for a write of so many bytes; null: none is free, {@link #whenMemory} tells when. */
  @Nullable Buffer memory(int bytes);

  /** Runs the task once, when memory has come back. */
  void whenMemory(Runnable task);

  /**
   * Reads.
   *
   * @param answer gets a buffer with the bytes, for the time of the call unless it keeps it
   */
  void read(long start, int count, Answer answer);

  /**
   * Writes the bytes of the buffer, which nobody changes until the answer. The service keeps the
   * buffer as long as it needs it; the caller drops it when it likes.
   *
   * @param fua answer only when these bytes are durable on every replica that counts
   */
  void write(long start, int count, boolean fua, Buffer bytes, Answer answer);

  /** Writes zeros; {@code mayUnmap}: the room may be freed. */
  void zero(long start, int count, boolean fua, boolean mayUnmap, Answer answer);

  /** Discards: afterwards zeros or what was there, alike on every replica (rule R6). */
  void discard(long start, int count, Answer answer);

  /** Makes durable every request answered before. */
  void flush(Answer answer);

  /** Takes the one answer. */
  @FunctionalInterface
  interface Answer {
    /**
     * The request has ended.
     *
     * @param errno 0, or the positive errno: EIO, EINVAL (outside the device), EROFS, ESHUTDOWN
     * @param bytes what was read; null for everything else
     */
    void done(int errno, @Nullable Buffer bytes);
  }
}
