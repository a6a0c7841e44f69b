// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.cover;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a run over the standard seeds must have met, and how often. */
public final class Required {
  private static final int HITS = 20;

  private static final String[] NAMES = {
    "fault/AGENT_KILL",
    "fault/AGENT_PAUSE",
    "fault/POWER_ONE",
    "fault/POWER_ALL",
    "fault/LINK_RESET",
    "fault/LINK_CUT_ONE_WAY",
    "fault/LINK_CUT",
    "fault/LINK_STALL",
    "fault/DISK_SLOW",
    "fault/AUTHORITY_CUT",
    "fault/DISK_ERROR",
    "fault/DISK_DEATH",
    "fault/IMAGE",
    "fault/ROLLBACK",
    "fault/SWAP",
    "fault/REPLACE",
  };

  private Required() {}

  /** How many counters there are to meet. */
  public static int count() {
    return NAMES.length;
  }

  /** Those that were not met, with their numbers. */
  public static List<String> missing(Map<String, Long> counters) {
    List<String> missing = new ArrayList<>();
    for (String name : NAMES) {
      long n = counters.getOrDefault(name, 0L);
      if (n < HITS) {
        missing.add(name + ": " + n + " of " + HITS);
      }
    }
    return missing;
  }
}
