// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.loop;

import io.meikyo.core.base.Invariant;
import java.util.Arrays;

/**
 * Timers by instant, then by the order in which they were set: a binary heap in which each timer
 * knows its place, so that taking one back costs as little as setting it. For one thread.
 */
final class TimerHeap {
  /** No timer waits. */
  static final long NEVER = Long.MAX_VALUE;

  private static final int GONE = -1;

  private Entry[] heap = new Entry[64];
  private int size;
  private long set;

  private final class Entry implements IoLoop.Timer {
    private final long nanos;
    private final long number;
    private final Runnable task;
    private int place;

    Entry(long nanos, long number, Runnable task, int place) {
      this.nanos = nanos;
      this.number = number;
      this.task = task;
      this.place = place;
    }

    boolean isBefore(Entry other) {
      return nanos != other.nanos ? nanos < other.nanos : number < other.number;
    }

    @Override
    public void cancel() {
      if (place != GONE) {
        remove(this);
      }
    }
  }

  IoLoop.Timer set(long nanos, Runnable task) {
    if (size == heap.length) {
      heap = Arrays.copyOf(heap, size * 2);
    }
    Entry entry = new Entry(nanos, set++, task, size);
    heap[size++] = entry;
    up(entry);
    return entry;
  }

  /** When the first one is due; {@link #NEVER} if there is none. */
  long next() {
    return size == 0 ? NEVER : heap[0].nanos;
  }

  /**
   * Runs what is due at this instant, but nothing that is set meanwhile: a timer that sets itself
   * for now must not keep everything else waiting.
   */
  void run(long now) {
    long before = set;
    while (size > 0 && heap[0].nanos <= now && heap[0].number < before) {
      Entry entry = heap[0];
      remove(entry);
      entry.task.run();
    }
  }

  private void remove(Entry entry) {
    int place = entry.place;
    Invariant.check(heap[place] == entry, "a timer knows its place", place);
    entry.place = GONE;
    Entry last = heap[--size];
    heap[size] = last;
    if (place < size) {
      last.place = place;
      heap[place] = last;
      down(last);
      up(last);
    }
    clear(size);
  }

  @SuppressWarnings("NullAway") // behind the end there is nothing, so that nothing is kept alive
  private void clear(int place) {
    heap[place] = null;
  }

  private void up(Entry entry) {
    int place = entry.place;
    while (place > 0) {
      Entry parent = heap[(place - 1) / 2];
      if (!entry.isBefore(parent)) {
        break;
      }
      put(parent, place);
      place = (place - 1) / 2;
    }
    put(entry, place);
  }

  private void down(Entry entry) {
    int place = entry.place;
    for (int child = 2 * place + 1; child < size; child = 2 * place + 1) {
      if (child + 1 < size && heap[child + 1].isBefore(heap[child])) {
        child++;
      }
      if (!heap[child].isBefore(entry)) {
        break;
      }
      put(heap[child], place);
      place = child;
    }
    put(entry, place);
  }

  private void put(Entry entry, int place) {
    heap[place] = entry;
    entry.place = place;
  }
}
