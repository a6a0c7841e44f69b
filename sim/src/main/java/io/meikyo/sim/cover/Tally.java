// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.cover;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Counters that must be met, in rows: one prefix, then what must exist under it.
 *
 * @param hits how often each must be met
 */
record Tally(String[][] table, int hits) {
  int count() {
    int n = 0;
    for (String[] row : table) {
      n += row.length - 1;
    }
    return n;
  }

  /** Those that were not met, with their numbers. */
  List<String> missing(Map<String, Long> counters) {
    List<String> missing = new ArrayList<>();
    for (String[] row : table) {
      for (int i = 1; i < row.length; i++) {
        String name = row[0] + row[i];
        long n = counters.getOrDefault(name, 0L);
        if (n < hits) {
          missing.add(name + ": " + n + " of " + hits);
        }
      }
    }
    return missing;
  }
}
