// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** The readable account of a run: one line per event. Off unless a seed is replayed. */
final class Story {
  private final boolean on;
  private final int keep;
  private final ArrayDeque<String> lines = new ArrayDeque<>();

  /** {@code keep} lines are kept, the last ones; 0: none, and nobody need build any. */
  Story(int keep) {
    this.on = keep > 0;
    this.keep = keep;
  }

  /** Ask before building a line. */
  boolean on() {
    return on;
  }

  void line(long nanos, String where, String what) {
    if (!on) {
      return;
    }
    if (lines.size() == keep) {
      lines.removeFirst();
    }
    lines.addLast(millis(nanos) + "  " + where + "  " + what);
  }

  private static String millis(long nanos) {
    String us = Long.toString(nanos / 1000);
    String padded = "0000".substring(Math.min(4, us.length())) + us;
    int point = padded.length() - 3;
    String whole = padded.substring(0, point) + "." + padded.substring(point);
    return "          ".substring(Math.min(10, whole.length())) + whole;
  }

  List<String> lines() {
    return new ArrayList<>(lines);
  }
}
