// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.disk;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * What stood under each write that is not flushed, in the order in which the writes reached the
 * disk; all disks of one server share one log, since they lose power together.
 *
 * <p>A sector that was written several times since the last flush has as many old contents: after a
 * power loss it holds any of them, or the newest. Sectors are independent of each other, writes are
 * not in order; only a flush is a border. At most one sector of a power loss is torn.
 *
 * <p>The log is bounded: beyond {@code bytesMax} the oldest finished writes count as flushed, as
 * any disk may flush when it likes. For the loop's thread, until {@link #powerOff}.
 */
final class UndoLog {
  static final int SECTOR = 512;

  /** One in so many sectors that are put back is torn, until one is. */
  private static final int TORN_ONE_IN = 16;

  /** Puts old bytes back. */
  interface Sink {
    void write(int disk, long offset, MemorySegment bytes) throws IOException;
  }

  /** What a power loss did, in sectors. */
  record Loss(long kept, long dropped, long torn) {}

  /** One write that is not flushed. */
  static final class Entry {
    private final Arena arena = Arena.ofConfined();
    private final int disk;
    private final long offset;
    private final MemorySegment old;
    private boolean landed;
    private boolean durable;

    private Entry(int disk, long offset, long bytes) {
      this.disk = disk;
      this.offset = offset;
      this.old = arena.allocate(bytes);
    }

    /** Room for what stood there before. */
    MemorySegment old() {
      return old;
    }

    /**
     * The write has reached the disk.
     *
     * @param fua it is durable: older contents of these sectors never come back
     */
    void landed(boolean fua) {
      landed = true;
      durable = fua;
    }

    boolean isLanded() {
      return landed;
    }
  }

  private final long bytesMax;
  private final ArrayDeque<Entry> entries = new ArrayDeque<>();
  private long bytes;

  UndoLog(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** A write begins; {@link Entry#old} is to be filled before the disk is touched. */
  Entry begin(int disk, long offset, long length) {
    Entry entry = new Entry(disk, offset, length);
    entries.addLast(entry);
    bytes += length;
    if (bytes > bytesMax) {
      bound();
    }
    return entry;
  }

  /** Forgets the oldest, down to three quarters. */
  private void bound() {
    Iterator<Entry> each = entries.iterator();
    while (each.hasNext() && bytes > bytesMax / 4 * 3) {
      Entry entry = each.next();
      if (!entry.landed) {
        // What is younger may lie over it, and must not become older than it.
        return;
      }
      each.remove();
      free(entry);
    }
  }

  private void free(Entry entry) {
    bytes -= entry.old.byteSize();
    entry.arena.close();
  }

  /** A flush of one disk begins: what it covers, for {@link #flushed}. */
  Set<Entry> covered(int disk) {
    Set<Entry> covered = new java.util.HashSet<>();
    for (Entry entry : entries) {
      if (entry.landed && entry.disk == disk) {
        covered.add(entry);
      }
    }
    return covered;
  }

  /** The flush has ended. */
  void flushed(Set<Entry> covered) {
    Iterator<Entry> each = entries.iterator();
    while (each.hasNext()) {
      Entry entry = each.next();
      if (covered.contains(entry)) {
        each.remove();
        free(entry);
      }
    }
  }

  /** Bytes that are remembered. */
  long bytes() {
    return bytes;
  }

  /** Writes that are remembered. */
  int writes() {
    return entries.size();
  }

  /**
   * The power goes: puts a random part back. Nothing may be under way any more; the log is empty
   * afterwards.
   */
  Loss powerOff(RandomGenerator random, Sink sink) throws IOException {
    return new Fall(random, sink).run();
  }

  /** How one write fares. */
  private enum Fate {
    KEPT,
    DROPPED,
    MIXED
  }

  /** One power loss. Newest writes first, so that a sector goes back step by step. */
  private final class Fall {
    private final RandomGenerator random;
    private final Sink sink;
    private final Map<Integer, BitSet> settled = new HashMap<>();
    private long kept;
    private long dropped;
    private long torn;

    Fall(RandomGenerator random, Sink sink) {
      this.random = random;
      this.sink = sink;
    }

    Loss run() throws IOException {
      while (!entries.isEmpty()) {
        Entry entry = entries.removeLast();
        undo(entry);
        free(entry);
      }
      return new Loss(kept, dropped, torn);
    }

    private void undo(Entry entry) throws IOException {
      Fate fate = fate();
      BitSet done = settled.computeIfAbsent(entry.disk, _ -> new BitSet());
      long run = -1;
      long size = entry.old.byteSize();
      for (long at = 0; at < size; at += SECTOR) {
        int sector = Math.toIntExact((entry.offset + at) / SECTOR);
        boolean back = !done.get(sector) && !stays(entry, fate);
        if (back && random.nextInt(TORN_ONE_IN) == 0 && torn == 0) {
          tear(entry, at);
          done.set(sector);
          back = false;
        } else if (back) {
          dropped++;
        } else if (!done.get(sector)) {
          kept++;
          done.set(sector);
        }
        if (back && run < 0) {
          run = at;
        } else if (!back && run >= 0) {
          sink.write(entry.disk, entry.offset + run, entry.old.asSlice(run, at - run));
          run = -1;
        }
      }
      if (run >= 0) {
        sink.write(entry.disk, entry.offset + run, entry.old.asSlice(run));
      }
    }

    private Fate fate() {
      return switch (random.nextInt(3)) {
        case 0 -> Fate.KEPT;
        case 1 -> Fate.DROPPED;
        default -> Fate.MIXED;
      };
    }

    private boolean stays(Entry entry, Fate fate) {
      return entry.durable || fate == Fate.KEPT || (fate == Fate.MIXED && random.nextBoolean());
    }

    /** The head of the sector is new, its tail old. */
    private void tear(Entry entry, long at) throws IOException {
      int head = 1 + random.nextInt(SECTOR - 1);
      sink.write(entry.disk, entry.offset + at + head, entry.old.asSlice(at + head, SECTOR - head));
      torn++;
    }
  }
}
