// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.memory;

import io.meikyo.core.base.Invariant;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All memory for data in flight of one mirror disk, allocated and touched at once, so that an agent
 * never asks the kernel for memory while the kernel waits for it to write pages out.
 *
 * <p>The sizes are classes of 4 KiB, 64 KiB, 256 KiB and 1 MiB; a request takes the smallest that
 * fits and is free. For one thread.
 */
public final class BufferPool {
  /** Bytes of each class, without head room. */
  private static final int[] CLASS_BYTES = {4 << 10, 64 << 10, 256 << 10, 1 << 20};

  /** Most bytes of one buffer. */
  public static final int BYTES_MAX = 1 << 20;

  private final List<ArrayDeque<Buffer>> free = new ArrayList<>();
  private final int[] made = new int[CLASS_BYTES.length];
  private final Consumer<Runnable> later;
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
  private int lent;

  /**
   * Numbers of buffers.
   *
   * @param small of 4 KiB
   * @param middle of 64 KiB
   * @param quarter of 256 KiB
   * @param large of 1 MiB
   * @param heads each has room for a header in front of its bytes
   */
  public record Counts(int small, int middle, int quarter, int large, boolean heads) {
    /** So many that are able to hold a request of this size, and no others; with heads. */
    public static Counts ofSize(int bytes, int count) {
      Invariant.check(bytes <= BYTES_MAX, "a request fits a buffer", bytes);
      return bytes <= CLASS_BYTES[2]
          ? new Counts(0, 0, count, 0, true)
          : new Counts(0, 0, 0, count, true);
    }
  }

  /** Allocates everything; none of 256 KiB, all with heads. See {@link Counts}. */
  public BufferPool(Arena arena, int small, int middle, int large, Consumer<Runnable> later) {
    this(arena, new Counts(small, middle, 0, large, true), later);
  }

  /**
   * Allocates everything.
   *
   * @param arena whose life the memory has
   * @param later runs a task soon, on this pool's thread, never inside the call
   */
  public BufferPool(Arena arena, Counts numbers, Consumer<Runnable> later) {
    this.later = later;
    int[] counts = {numbers.small, numbers.middle, numbers.quarter, numbers.large};
    int head = numbers.heads ? Buffer.HEAD_BYTES : 0;
    for (int c = 0; c < counts.length; c++) {
      ArrayDeque<Buffer> buffers = new ArrayDeque<>(counts[c]);
      long bytes = head + (long) CLASS_BYTES[c];
      MemorySegment all = arena.allocate(bytes * counts[c] + 1, Buffer.HEAD_BYTES);
      for (int i = 0; i < counts[c]; i++) {
        MemorySegment piece = all.asSlice(i * bytes, bytes);
        piece.fill((byte) 0);
        buffers.push(new Buffer(this, piece, head, c));
      }
      free.add(buffers);
      made[c] = counts[c];
    }
  }

  /** A buffer with room for so many bytes, or null: wait until one comes back. */
  public @Nullable Buffer take(int length) {
    Invariant.check(length >= 0 && length <= BYTES_MAX, "a request fits a buffer", length);
    for (int c = 0; c < CLASS_BYTES.length; c++) {
      if (length <= CLASS_BYTES[c]) {
        Buffer buffer = free.get(c).poll();
        if (buffer != null) {
          buffer.lend(length);
          lent++;
          return buffer;
        }
      }
    }
    return null;
  }

  /** Runs the task once, soon after a buffer has come back: perhaps one is free then. */
  public void whenFree(Runnable task) {
    waiting.add(task);
  }

  void back(Buffer buffer) {
    lent--;
    free.get(buffer.sizeClass).push(buffer);
    while (!waiting.isEmpty()) {
      later.accept(waiting.remove());
    }
  }

  /** Buffers lent at this moment. */
  public int lent() {
    return lent;
  }

  /** Buffers of all sizes. */
  public int size() {
    int all = 0;
    for (int count : made) {
      all += count;
    }
    return all;
  }
}
