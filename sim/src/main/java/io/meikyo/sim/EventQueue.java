// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A binary heap of tasks by time, then by order of scheduling. */
final class EventQueue {
  private @Nullable Task[] heap = new Task[256];
  private int size;
  private long scheduled;

  void add(Task t, long at) {
    t.at = at;
    t.order = scheduled++;
    if (size == heap.length) {
      heap = Arrays.copyOf(heap, size * 2);
    }
    int i = size++;
    while (i > 0) {
      int parent = (i - 1) >>> 1;
      Task p = get(parent);
      if (!before(t, p)) {
        break;
      }
      heap[i] = p;
      i = parent;
    }
    heap[i] = t;
  }

  @Nullable Task poll() {
    if (size == 0) {
      return null;
    }
    Task first = get(0);
    Task last = get(--size);
    heap[size] = null;
    if (size > 0) {
      sink(last);
    }
    return first;
  }

  private void sink(Task t) {
    int i = 0;
    int half = size >>> 1;
    while (i < half) {
      int child = 2 * i + 1;
      Task c = get(child);
      if (child + 1 < size && before(get(child + 1), c)) {
        c = get(++child);
      }
      if (!before(c, t)) {
        break;
      }
      heap[i] = c;
      i = child;
    }
    heap[i] = t;
  }

  private Task get(int i) {
    Task t = heap[i];
    if (t == null) {
      throw new IllegalStateException("a hole in the heap");
    }
    return t;
  }

  private static boolean before(Task a, Task b) {
    return a.at < b.at || (a.at == b.at && a.order < b.order);
  }

  int size() {
    return size;
  }
}
