// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What became of a proposer's last commands, so that one that is applied twice is done once.
 *
 * @param life the life of the proposer that they are of; those of former lives are forgotten
 * @param verdicts per number, at most {@link #KEPT}
 */
public record Done(long life, SortedMap<Long, Verdict> verdicts) {
  /** Verdicts kept per proposer. It has fewer commands than this under way at any time. */
  public static final int KEPT = 64;

  /** Freezes the map. */
  public Done {
    verdicts = Collections.unmodifiableSortedMap(new TreeMap<>(verdicts));
  }

  /** True if what became of this number is not known any more: it is too old to be done now. */
  boolean forgot(long number) {
    return verdicts.size() >= KEPT && number < verdicts.firstKey();
  }

  Done with(long number, Verdict verdict) {
    TreeMap<Long, Verdict> next = new TreeMap<>(verdicts);
    next.put(number, verdict);
    while (next.size() > KEPT) {
      next.pollFirstEntry();
    }
    return new Done(life, next);
  }
}
