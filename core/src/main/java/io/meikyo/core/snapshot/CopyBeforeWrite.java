// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.snapshot;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One snapshot of a data partition, kept by copying each chunk to a store before it is changed for
 * the first time.
 *
 * <pre>
 *   write ─▶ every chunk of it is in the store? ── yes ──▶ pass
 *                       │ no                                ▲
 *                       ▼                                   │ the last one
 *                 copy (chunk, slot) ─▶ ... ─▶ copied ──────┘
 * </pre>
 *
 * <p>The snapshot begins with this object: nothing that was under way before may still change the
 * disk, and every write and zeroing from then on goes through {@link #write} first. A write is
 * never refused and waits for copies only: when the store is full or fails, the snapshot is lost
 * and everything that waits passes. Writes that overlap are never given at one time (the engine
 * orders them), so they need no order here.
 *
 * <p>A reader takes a chunk at a time: where {@link #slotOf} is a slot, from the store; else from
 * the disk, and when the bytes are there it asks again: if the chunk has come into the store
 * meanwhile, a write may have passed, and the bytes are thrown away for those of the store. If the
 * snapshot does not {@linkplain #stands stand} any more, no bytes count.
 *
 * <p>For one thread. Memory: 12 bytes for each place of a table of two to four times the slots.
 */
public final class CopyBeforeWrite {
  /** Bytes of a chunk and of a slot; the last chunk of a disk may be shorter. */
  public static final int CHUNK_BYTES = 64 * 1024;

  private static final int NO_SLOT = -1;

  /** Why a snapshot is gone. */
  public enum Loss {
    /** The store has no room for another chunk. */
    FULL,
    /** A chunk could not be read, or not written to the store. */
    FAILED,
    /** Nobody wants it any more. */
    DELETED
  }

  /** The world. Calls come from inside any method of the snapshot, and may call back. */
  public interface Edge {
    /**
     * Copies a chunk of the data partition to the store.
     *
     * @param chunk its number: its first byte is {@code chunk * CHUNK_BYTES}
     * @param slot its place: the first byte is {@code slot * CHUNK_BYTES}; each is given once
     */
    void copy(long chunk, int slot);

    /** The write that was given with this ticket may go to the disk now; once for each. */
    void pass(long ticket);

    /** The snapshot is gone; once. What waited passes right after. */
    void lost(Loss why);
  }

  /** A write that waits. */
  private static final class Waiting {
    final long ticket;
    int copies;

    Waiting(long ticket) {
      this.ticket = ticket;
    }
  }

  private final int blocksPerChunk;
  private final long blocks;
  private final int slots;
  private final Edge edge;
  private final SlotTable table;

  /** Chunks whose copy is under way, with the writes that wait for it. */
  private final Map<Long, List<Waiting>> copying = new HashMap<>();

  /** Writes that wait, in their order. */
  private final Map<Long, Waiting> waiting = new LinkedHashMap<>();

  private int used;
  private boolean stands = true;

  /**
   * A snapshot of the disk as it is now.
   *
   * @param blockBytes 512 or 4096
   * @param blocks size of the data partition
   * @param slots chunks that the store has room for
   */
  public CopyBeforeWrite(int blockBytes, long blocks, int slots, Edge edge) {
    if (blockBytes <= 0 || CHUNK_BYTES % blockBytes != 0 || blocks <= 0 || slots < 0) {
      throw new IllegalArgumentException(
          blocks + " blocks of " + blockBytes + " bytes, " + slots + " slots");
    }
    this.blocksPerChunk = CHUNK_BYTES / blockBytes;
    this.blocks = blocks;
    this.slots = slots;
    this.edge = edge;
    this.table = new SlotTable(slots);
  }

  /**
   * A write or zeroing is about to go to the data partition; it waits for {@link Edge#pass}.
   *
   * @param ticket names it; not one that waits
   * @param start its first block
   * @param count blocks, at least 1
   */
  public void write(long ticket, long start, int count) {
    if (start < 0 || count <= 0 || start > blocks - count || waiting.containsKey(ticket)) {
      throw new IllegalArgumentException(
          "write " + ticket + " of " + count + " blocks from " + start);
    }
    Waiting w = new Waiting(ticket);
    w.copies = 1; // so that no copy that ends at once lets it pass too early
    waiting.put(ticket, w);
    long last = (start + count - 1) / blocksPerChunk;
    for (long chunk = start / blocksPerChunk; stands && chunk <= last; chunk++) {
      if (table.get(chunk) == NO_SLOT) {
        begin(chunk);
      }
      List<Waiting> there = copying.get(chunk);
      if (there != null) {
        w.copies++;
        there.add(w);
      }
    }
    copyEnded(w);
  }

  private void begin(long chunk) {
    if (used == slots) {
      lose(Loss.FULL);
      return;
    }
    int slot = used++;
    table.put(chunk, slot);
    copying.put(chunk, new ArrayList<>());
    edge.copy(chunk, slot);
  }

  /**
   * A copy has ended.
   *
   * @param ok false: it could not be read, or not be written
   */
  public void copied(long chunk, boolean ok) {
    List<Waiting> there = copying.remove(chunk);
    if (!stands || there == null) {
      return;
    }
    if (!ok) {
      lose(Loss.FAILED);
      return;
    }
    for (Waiting w : there) {
      copyEnded(w);
    }
  }

  private void copyEnded(Waiting w) {
    w.copies--;
    if (w.copies == 0 && waiting.remove(w.ticket) != null) {
      edge.pass(w.ticket);
    }
  }

  /** Ends the snapshot; nothing happens if it is gone. */
  public void delete() {
    if (stands) {
      lose(Loss.DELETED);
    }
  }

  private void lose(Loss why) {
    stands = false;
    copying.clear();
    List<Waiting> all = List.copyOf(waiting.values());
    waiting.clear();
    edge.lost(why);
    for (Waiting w : all) {
      edge.pass(w.ticket);
    }
  }

  /** The slot where a chunk lies as it was; -1: it lies on the disk still. */
  public int slotOf(long chunk) {
    return copying.containsKey(chunk) ? NO_SLOT : table.get(chunk);
  }

  /** True as long as every chunk can be had as it was. */
  public boolean stands() {
    return stands;
  }

  /** Slots given out. */
  public int slotsUsed() {
    return used;
  }
}
