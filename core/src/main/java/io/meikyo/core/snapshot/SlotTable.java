// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.snapshot;

import java.util.Arrays;

/**
 * Which chunk lies in which slot: a hash table of fixed size with linear probing, since a snapshot
 * must not ask for memory while it is filled. For one thread.
 */
final class SlotTable {
  private static final long EMPTY = -1;

  private final long[] chunks;
  private final int[] slots;
  private final int mask;

  /** With room for so many chunks. */
  SlotTable(int room) {
    if (room > 1 << 28) {
      throw new IllegalArgumentException("a store of " + room + " slots is too large");
    }
    int size = Math.max(2, Integer.highestOneBit(Math.max(1, room)) << 2);
    chunks = new long[size];
    slots = new int[size];
    mask = size - 1;
    Arrays.fill(chunks, EMPTY);
  }

  /** Puts in a chunk that is not there yet. */
  void put(long chunk, int slot) {
    int at = place(chunk);
    chunks[at] = chunk;
    slots[at] = slot;
  }

  /** Its slot; -1 if it is not there. */
  int get(long chunk) {
    int at = place(chunk);
    return chunks[at] == EMPTY ? -1 : slots[at];
  }

  /** Where it is, or where it goes; the table is never full. */
  private int place(long chunk) {
    // Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4): spreads runs of numbers.
    int at = (int) ((chunk * 0x9E3779B97F4A7C15L) >>> 32) & mask;
    while (chunks[at] != EMPTY && chunks[at] != chunk) {
      at = (at + 1) & mask;
    }
    return at;
  }
}
