// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.arbitration;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** How the consensus groups of two members that meet are related (law 2: only lineage decides). */
public enum Kinship {
  /** The same group: they go on. */
  SAME,
  /** The other one's group is an ancestor of ours: it gives up its own and joins ours. */
  PEER_STALE,
  /** Our group is an ancestor of the other one's: we give up ours and join his. */
  WE_STALE,
  /** Two successors of one parent: a split brain, nothing is overwritten. */
  SPLIT,
  /** Nothing in common: another cluster with the same id. Refused. */
  FOREIGN;

  /** Compares; lineages oldest first, without the group itself. */
  public static Kinship of(UUID ours, List<UUID> ourLineage, UUID theirs, List<UUID> theirLineage) {
    if (ours.equals(theirs)) {
      return SAME;
    }
    boolean peerStale = ourLineage.contains(theirs);
    boolean weStale = theirLineage.contains(ours);
    if (peerStale != weStale) {
      return peerStale ? PEER_STALE : WE_STALE;
    }
    Set<UUID> common = new HashSet<>(ourLineage);
    common.retainAll(theirLineage);
    return common.isEmpty() ? FOREIGN : SPLIT;
  }

  /** The groups of the other line that are not in ours: what is given up if it loses. */
  public static List<UUID> onlyTheirs(
      UUID ours, List<UUID> ourLineage, UUID theirs, List<UUID> theirLineage) {
    List<UUID> all = new ArrayList<>(theirLineage);
    all.add(theirs);
    all.removeAll(ourLineage);
    all.remove(ours);
    return List.copyOf(all);
  }
}
