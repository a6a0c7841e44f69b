// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The way of changes of the disk through the snapshots that copy. For the loop's thread. */
final class Passage {
  /** A change of the disk on its way. */
  private static final class Passing {
    final List<CopiedSnapshot> through;
    final long start;
    final int count;
    final Runnable pass;
    int next;

    Passing(List<CopiedSnapshot> through, long start, int count, Runnable pass) {
      this.through = through;
      this.start = start;
      this.count = count;
      this.pass = pass;
    }
  }

  private final Map<Long, Passing> passing = new HashMap<>();
  private List<CopiedSnapshot> standing = List.of();
  private long lastTicket;

  /** Changes that begin from now on pass these. */
  void through(List<CopiedSnapshot> all) {
    standing = List.copyOf(all);
  }

  /** True if nothing copies. */
  boolean isFree() {
    return standing.isEmpty();
  }

  /** True if no change is on its way. */
  boolean isEmpty() {
    return passing.isEmpty();
  }

  /**
   * A change of the disk is about to begin.
   *
   * @param pass begins it; once, perhaps inside the call
   */
  void write(long start, int count, Runnable pass) {
    if (standing.isEmpty()) {
      pass.run();
      return;
    }
    long ticket = ++lastTicket;
    passing.put(ticket, new Passing(standing, start, count, pass));
    advance(ticket);
  }

  /** The snapshot where it is now lets it go. */
  void advance(long ticket) {
    Passing p = passing.get(ticket);
    if (p == null) {
      throw new IllegalStateException("a write passes once");
    }
    if (p.next == p.through.size()) {
      passing.remove(ticket);
      p.pass.run();
    } else {
      p.through.get(p.next++).write(ticket, p.start, p.count);
    }
  }
}
