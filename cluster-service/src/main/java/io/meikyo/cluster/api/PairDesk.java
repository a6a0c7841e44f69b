// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import io.meikyo.core.cluster.Verdict;
import io.meikyo.core.notice.Notice;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** Where the operator speaks about two servers that have lost each other. Any thread. */
public interface PairDesk {
  /**
   * How two voters stand to each other.
   *
   * @param arbiter as the configuration names it
   * @param exclusive only one side can win; where false, both may survive
   * @param phase of arbitration; MOVING while a passage to another consensus group is under way;
   *     SETTLING while both are there, but the witness was not told so yet
   * @param splits members with whom there is a split brain
   * @param notices what explains it
   */
  record View(
      String arbiter, boolean exclusive, String phase, List<String> splits, List<Notice> notices) {}

  /** How things stand. */
  View view();

  /**
   * The operator says that the other server is off and this one goes on.
   *
   * @param group the consensus group that he saw, and the version of its state
   */
  Notice word(UUID group, long version, String by);

  /**
   * The operator names the loser of a split brain; what it holds is kept aside there.
   *
   * @throws IllegalStateException if there is no split brain with that server
   */
  CompletableFuture<Verdict> giveUp(String server, String by);
}
