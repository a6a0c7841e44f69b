// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import io.meikyo.cluster.exec.Aside;
import io.meikyo.cluster.exec.Limit;
import io.meikyo.cluster.exec.Proc;
import io.meikyo.linux.Processes;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The processes that stem from a resource's commands, whatever they did to get away: known by the
 * environment that they were started with.
 *
 * @param processes those that were found
 * @param all false if the search did not come to its end: there may be more
 */
record Leftovers(List<Proc> processes, boolean all) {
  private static final int ROUNDS = 3;

  /** A hard stop has this long to search, whatever its deadline. */
  private static final Duration LEAST = Duration.ofMillis(500);

  Leftovers {
    processes = List.copyOf(processes);
  }

  /** True if it is certain that nothing is left. */
  boolean none() {
    return all && processes.isEmpty();
  }

  /**
   * Finds them.
   *
   * @param marks {@link Occasion#marks}
   */
  static Leftovers of(Map<String, String> marks, Limit limit) {
    ConcurrentLinkedQueue<Proc> found = new ConcurrentLinkedQueue<>();
    try {
      Boolean end =
          Aside.call(
              limit,
              () -> {
                Proc.marked(marks, found::add);
                return true;
              });
      return new Leftovers(List.copyOf(found), end != null);
    } catch (IOException e) {
      // /proc cannot be listed: nobody knows.
      return new Leftovers(List.of(), false);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Kills them, and those that they start meanwhile; what is left is returned. */
  static Leftovers kill(Map<String, String> marks, Limit limit) {
    Limit must = limit.atLeast(LEAST);
    Leftovers left = of(marks, must);
    for (int round = 0; round < ROUNDS && !left.processes.isEmpty(); round++) {
      List<Proc> stuck = Proc.end(left.processes, Processes.SIGKILL, 0, must);
      Leftovers now = of(marks, must);
      left = now.processes.isEmpty() ? new Leftovers(stuck, now.all) : now;
    }
    return left;
  }

  /** For people. */
  @Override
  public String toString() {
    return (processes.isEmpty() ? "" : processes.toString())
        + (all ? "" : (processes.isEmpty() ? "" : " and perhaps more: ") + "/proc did not answer");
  }
}
