// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.block;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Lets requests run side by side, and those that overlap one after the other in the order in which
 * they came; reads only wait for changes. For one thread.
 */
public final class Overlaps {
  private final List<Range> running = new ArrayList<>();
  private final ArrayDeque<Range> waiting = new ArrayDeque<>();

  /** Makes one without requests. */
  public Overlaps() {}

  /** A range of blocks that a request is about. */
  public static final class Range {
    private final long start;
    private final long end;
    private final boolean changes;
    private final Runnable run;

    private Range(long start, long end, boolean changes, Runnable run) {
      this.start = start;
      this.end = end;
      this.changes = changes;
      this.run = run;
    }

    private boolean waitsFor(Range other) {
      return start < other.end && other.start < end && (changes || other.changes);
    }
  }

  /** Makes a range, for {@link #enter}. */
  public static Range range(long start, long count, boolean changes, Runnable run) {
    return new Range(start, start + count, changes, run);
  }

  /** Runs the request, now or when what it waits for has left. */
  public void enter(Range range) {
    if (isFree(range, waiting)) {
      running.add(range);
      range.run.run();
    } else {
      waiting.add(range);
    }
  }

  /** The request has ended. */
  public void leave(Range range) {
    running.remove(range);
    if (waiting.isEmpty()) {
      return;
    }
    List<Range> before = new ArrayList<>();
    List<Range> free = new ArrayList<>();
    for (Range r : waiting) {
      if (isFree(r, before)) {
        running.add(r);
        free.add(r);
      } else {
        before.add(r);
      }
    }
    waiting.removeAll(free);
    free.forEach(r -> r.run.run());
  }

  private boolean isFree(Range range, Iterable<Range> before) {
    for (Range r : running) {
      if (range.waitsFor(r)) {
        return false;
      }
    }
    for (Range r : before) {
      if (range.waitsFor(r)) {
        return false;
      }
    }
    return true;
  }
}
