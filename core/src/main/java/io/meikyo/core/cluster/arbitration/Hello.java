// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.arbitration;

import java.util.List;
import java.util.UUID;

/**
 * What two members tell each other when they meet, and now and then afterwards.
 *
 * @param cluster the cluster
 * @param member who says it
 * @param group the consensus group that he works in, or is about to join
 * @param lineage groups before it, oldest first; empty if he does not know yet
 * @param last index of the last entry that he has applied; -1: none
 * @param whole he has the content of that group: it is founded or imported here
 * @param rests he hears the other voter, and neither asks an arbiter nor may have won by one
 */
public record Hello(
    UUID cluster,
    String member,
    UUID group,
    List<UUID> lineage,
    long last,
    boolean whole,
    boolean rests) {
  /** Freezes the list. */
  public Hello {
    lineage = List.copyOf(lineage);
  }
}
