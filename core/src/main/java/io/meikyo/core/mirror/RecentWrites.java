// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.partition.Geometry;
import java.util.ArrayDeque;

/**
 * Writes that came from the active and of which it has not said that they are done on every
 * replica. If the active dies now, these are the chunks in which two standbys may differ.
 */
final class RecentWrites {
  private record Item(long write, long start, int count) {}

  private final ArrayDeque<Item> items = new ArrayDeque<>();
  private final ChunkMap kept;

  RecentWrites(Geometry geometry) {
    kept = new ChunkMap(geometry);
  }

  void add(long write, long start, int count) {
    items.addLast(new Item(write, start, count));
  }

  /** The active said that all is done everywhere up to this write, and nothing else differs. */
  void settled(long write) {
    kept.clearAll();
    while (!items.isEmpty() && items.getFirst().write <= write) {
      items.removeFirst();
    }
  }

  /**
   * Numbers of a new session mean other writes: what is open stays suspect until {@link #clear}.
   */
  void sessionEnded() {
    for (Item i : items) {
      kept.setBlocks(i.start, i.count);
    }
    items.clear();
  }

  /** A range was compared or repaired here: others may still have what we had, or lack it. */
  void addFormer(long start, int count) {
    kept.setBlocks(start, count);
  }

  /** So much a map of ours said until now. */
  void addFormer(ChunkMap map) {
    kept.or(map);
  }

  /** What was hot when we were the active. */
  void addFormer(ActivityLog log) {
    log.addTo(kept);
  }

  void clear() {
    items.clear();
    kept.clearAll();
  }

  void addTo(ChunkMap map) {
    map.or(kept);
    for (Item i : items) {
      map.setBlocks(i.start, i.count);
    }
  }

  boolean isEmpty() {
    return items.isEmpty() && kept.isEmpty();
  }
}
