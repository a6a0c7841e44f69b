// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import java.util.Collections;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/**
 * A sign of life of one member to another, and the question for its lease.
 *
 * @param from the sender
 * @param group consensus group that the sender works in; signs of other groups grant nothing
 * @param number rises with each; the answer carries it
 * @param leaseEpoch the lease that it asks for
 * @param hears members that it has itself heard within the time of suspicion
 * @param hearsAgent servers whose mirror agents its own mirror agent hears
 * @param over per server, the last lease epoch that surely ran out as far as this member granted it
 * @param applied version of its replicated state
 * @param agentRuns its mirror agent answers
 */
public record Heartbeat(
    String from,
    UUID group,
    long number,
    long leaseEpoch,
    Set<String> hears,
    Set<String> hearsAgent,
    SortedMap<String, Long> over,
    long applied,
    boolean agentRuns) {
  /** Freezes the sets. */
  public Heartbeat {
    hears = Collections.unmodifiableSet(new TreeSet<>(hears));
    hearsAgent = Collections.unmodifiableSet(new TreeSet<>(hearsAgent));
    over = Collections.unmodifiableSortedMap(new TreeMap<>(over));
  }

  /** True if it says nothing that an earlier one of the same member has not said. */
  boolean saysNothingNew(Heartbeat earlier) {
    return group.equals(earlier.group)
        && leaseEpoch == earlier.leaseEpoch
        && hears.equals(earlier.hears)
        && hearsAgent.equals(earlier.hearsAgent)
        && over.equals(earlier.over)
        && agentRuns == earlier.agentRuns;
  }

  /**
   * What comes back.
   *
   * @param from who answers
   * @param number of the heartbeat that is answered
   * @param granted true if the lease that it asked for is granted from the moment it was sent
   */
  public record Answer(String from, UUID group, long number, boolean granted) {}
}
