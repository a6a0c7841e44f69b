// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.base.Invariant;
import io.meikyo.core.partition.LogTransaction;
import io.meikyo.core.partition.MapPage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which extents may differ between replicas if the active dies now. An extent is in the log,
 * durably, before a write to it is issued anywhere; it leaves only when every write in it is
 * durable on every replica that gets writes, and the dirty maps of the others are on disk (rule
 * R1): dirty pages first, then the transaction.
 *
 * <p>One transaction is under way at a time and carries the whole set (see {@link LogTransaction}),
 * so all writes that wait share the next.
 */
final class ActivityLog {
  private static final class Slot {
    long lastWrite;
    int inFlight;
    long touched;
  }

  private final Replica r;
  private final Map<Integer, Slot> hot = new HashMap<>();
  private final Set<Integer> arriving = new LinkedHashSet<>();
  private long sequence;
  private long touches;
  private boolean writing;
  private int pagesOpen;

  ActivityLog(Replica r) {
    this.r = r;
  }

  /** Takes over what was read from the disk. */
  void load(LogTransaction t) {
    hot.clear();
    sequence = t.sequence();
    for (int extent : t.extents()) {
      if (extent >= 0 && extent < r.geometry.extents()) {
        hot.put(extent, new Slot());
      }
    }
  }

  /** A new activation: what was hot before needs a flush on every replica before it may go. */
  void activated() {
    for (Slot s : hot.values()) {
      s.lastWrite = r.lastWrite;
      s.inFlight = 0;
    }
  }

  /** Adds the chunks of all hot extents to a map. */
  void addTo(ChunkMap map) {
    hot.keySet().forEach(map::setExtent);
  }

  boolean isEmpty() {
    return hot.isEmpty();
  }

  int size() {
    return hot.size();
  }

  long sequence() {
    return sequence;
  }

  /** True if all extents under the range are hot: the write may be issued. */
  boolean covers(long start, int count) {
    int last = r.geometry.extentOf(start + count - 1);
    for (int e = r.geometry.extentOf(start); e <= last; e++) {
      if (!hot.containsKey(e)) {
        return false;
      }
    }
    return true;
  }

  /** A write was issued under this number. */
  void issued(long write, long start, int count) {
    int last = r.geometry.extentOf(start + count - 1);
    for (int e = r.geometry.extentOf(start); e <= last; e++) {
      Slot s = hot.get(e);
      Invariant.check(s != null, "a write is issued into hot extents only", e);
      if (s != null) {
        s.lastWrite = write;
        s.inFlight++;
        s.touched = ++touches;
      }
    }
  }

  /** The write is done on every replica that it went to. */
  void settled(long start, int count) {
    int last = r.geometry.extentOf(start + count - 1);
    for (int e = r.geometry.extentOf(start); e <= last; e++) {
      Slot s = hot.get(e);
      if (s != null && s.inFlight > 0) {
        s.inFlight--;
      }
    }
  }

  /** Makes the extents hot that waiting writes need, as far as there is room. */
  void pump() {
    if (writing || !r.active()) {
      return;
    }
    Set<Integer> keep = new LinkedHashSet<>();
    List<Integer> add = new ArrayList<>();
    int capacity = r.geometry.logExtents();
    r.app.extentsWanted(extent -> {
      if (keep.size() >= capacity || !keep.add(extent)) {
        return keep.size() < capacity;
      }
      if (!hot.containsKey(extent)) {
        add.add(extent);
      }
      return true;
    });
    if (add.isEmpty()) {
      return;
    }
    int tooMany = hot.size() + add.size() - capacity;
    List<Integer> evict = tooMany > 0 ? evictable(keep, tooMany) : List.of();
    while (hot.size() - evict.size() + add.size() > capacity) {
      add.removeLast();
    }
    if (tooMany > 0 && evict.size() < tooMany) {
      // Somebody still waits for room: what a flush would set free comes next.
      r.leading.flushAll();
    }
    if (!add.isEmpty() && !writing) {
      arriving.addAll(add);
      evict(evict);
    }
  }

  /** The oldest extents that every replica has made durable, at most {@code most}. */
  private List<Integer> evictable(Set<Integer> keep, int most) {
    long durable = r.leading.flushedEverywhere();
    List<Integer> free = new ArrayList<>();
    for (Map.Entry<Integer, Slot> e : hot.entrySet()) {
      Slot s = e.getValue();
      if (s.inFlight == 0 && s.lastWrite <= durable && !keep.contains(e.getKey())) {
        free.add(e.getKey());
      }
    }
    free.sort((a, b) -> Long.compare(touched(a), touched(b)));
    return free.size() > most ? free.subList(0, most) : free;
  }

  private long touched(int extent) {
    Slot s = hot.get(extent);
    return s == null ? 0 : s.touched;
  }

  /** Empties the log; everything must be durable everywhere. */
  void empty(Runnable done) {
    Invariant.check(!writing, "the log is emptied when no transaction is under way");
    if (hot.isEmpty()) {
      done.run();
      return;
    }
    whenEmpty = done;
    evict(List.copyOf(hot.keySet()));
  }

  private Runnable whenEmpty = () -> {};

  /** True while a transaction is on its way to the disk. */
  boolean busy() {
    return writing;
  }

  private void evict(List<Integer> extents) {
    writing = true;
    pagesOpen = 1;
    for (int e : extents) {
      hot.remove(e);
      int first = r.geometry.firstChunk(e) / r.geometry.chunksPerPage();
      int last = (r.geometry.endChunk(e) - 1) / r.geometry.chunksPerPage();
      for (Peer p : r.peers) {
        pagesOpen++;
        r.store.persist(p.id, first, last, this::pagesDone);
      }
      pagesOpen++;
      r.store.persist(MapPage.CHANGE_MAP, first, last, this::pagesDone);
    }
    if (!extents.isEmpty()) {
      r.tell(Say.EXTENTS_EVICTED, extents.size());
    }
    pagesDone();
  }

  private void pagesDone() {
    if (--pagesOpen > 0) {
      return;
    }
    sequence++;
    int[] extents = new int[hot.size() + arriving.size()];
    int n = 0;
    for (int e : hot.keySet()) {
      extents[n++] = e;
    }
    for (int e : arriving) {
      extents[n++] = e;
    }
    r.emit(
        new Effect.WriteLog(
            r.ops.begin((ok, _, _) -> written(ok)), new LogTransaction(sequence, extents)));
  }

  private void written(boolean ok) {
    writing = false;
    if (!ok) {
      r.diskFailed(Say.CLUSTER_PARTITION_FAILED);
      return;
    }
    for (int e : arriving) {
      Slot s = new Slot();
      s.touched = ++touches;
      hot.put(e, s);
    }
    arriving.clear();
    Runnable then = whenEmpty;
    whenEmpty = () -> {};
    r.app.pump();
    pump();
    then.run();
  }

  /** Forgets what was hot, durably: this replica was recovered from another. */
  void reset(Runnable done) {
    hot.clear();
    arriving.clear();
    sequence++;
    r.emit(
        new Effect.WriteLog(
            r.ops.begin((ok, _, _) -> {
              if (ok) {
                done.run();
              } else {
                r.diskFailed(Say.CLUSTER_PARTITION_FAILED);
              }
            }),
            new LogTransaction(sequence, new int[0])));
  }
}
