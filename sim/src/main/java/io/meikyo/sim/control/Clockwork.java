// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.control;

import io.meikyo.sim.consensus.Timeline;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.PriorityQueue;

/** Real time of the simulation, all that will happen in it, and the account of what did. */
final class Clockwork implements Timeline {
  private record Due(long at, long order, Runnable task) implements Comparable<Due> {
    @Override
    public int compareTo(Due other) {
      int by = Long.compare(at, other.at);
      return by != 0 ? by : Long.compare(order, other.order);
    }
  }

  private final PriorityQueue<Due> queue = new PriorityQueue<>();
  private final ArrayDeque<String> lines = new ArrayDeque<>();
  private final int keep;
  private long now;
  private long scheduled;
  private long events;
  private long hash;

  /** {@code keep} lines of the account are kept; 0: none, and nobody need build any. */
  Clockwork(int keep) {
    this.keep = keep;
  }

  @Override
  public long now() {
    return now;
  }

  @Override
  public void after(long nanos, Runnable task) {
    queue.add(new Due(now + Math.max(0, nanos), scheduled++, task));
  }

  /** The next thing happens. False if there is none. */
  boolean step() {
    Due due = queue.poll();
    if (due == null) {
      return false;
    }
    now = due.at();
    events++;
    hash = (hash ^ due.at()) * 0x9e3779b97f4a7c15L;
    hash ^= hash >>> 29;
    due.task().run();
    return true;
  }

  long events() {
    return events;
  }

  /** Of all that happened, in its order: equal for equal runs. */
  long hash() {
    return hash;
  }

  /** Ask before building a line. */
  boolean tells() {
    return keep > 0;
  }

  void tell(String where, String what) {
    if (keep > 0) {
      if (lines.size() == keep) {
        lines.removeFirst();
      }
      lines.addLast(String.format(Locale.ROOT, "%12.3f  %-8s %s", now / 1e6, where, what));
    }
  }

  List<String> lines() {
    return new ArrayList<>(lines);
  }
}
