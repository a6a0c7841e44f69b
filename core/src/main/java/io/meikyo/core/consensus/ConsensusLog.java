// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.consensus;

import java.util.UUID;
import java.util.function.Consumer;

/**
 * The replicated log of one group, as one member sees it. No method waits; answers come on a thread
 * of the implementation, each exactly once.
 */
public interface ConsensusLog {
  /** The group. */
  UUID groupId();

  /**
   * Puts a command into the log. On any member; one that does not lead sends it to the one that
   * does.
   *
   * @param timeoutNanos after which the outcome is {@link Outcome.Unknown} at the latest
   */
  void propose(byte[] command, long timeoutNanos, Consumer<Outcome> answer);

  /**
   * Changes who votes, by one voter. Refused if the present voters are not those expected.
   *
   * @param answer {@link Outcome.Applied} with an empty result when the change is in force
   */
  void reconfigure(
      Membership expected, Membership next, long timeoutNanos, Consumer<Outcome> answer);

  /** The voters as this member knows them. */
  Membership membership();

  /** Asks that another member lead. Advice: may be ignored. */
  void moveLeader(String id);

  /** See {@link Hint}. */
  Hint hint();

  /**
   * Leaves the group for ever and tells its last state: what was applied, and every entry of the
   * own log after it, since one that follows may hold what the dead leader had committed. Blocks.
   * Afterwards nothing is proposed, applied or voted for here, also after a restart, and calling it
   * again tells the same.
   */
  Sealed seal();
}
