// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.consensus;

import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The groups that this member has on its system disk. Methods block, and are for one thread at a
 * time. A call that ends with an {@link IllegalStateException} has changed nothing.
 */
public interface ConsensusStore extends AutoCloseable {
  /** Groups that are here and not sealed, opened or not. */
  Set<UUID> local();

  /** Takes up a group that is here. Applies what it holds to the state machine. */
  ConsensusLog open(UUID group, StateMachine machine);

  /**
   * Makes a new group with this member as its only voter.
   *
   * @throws IllegalStateException if the group is here already
   */
  ConsensusLog create(UUID group, StateMachine machine);

  /**
   * Becomes an empty member of a group that others have; it gets its content when one of them makes
   * it a voter.
   */
  ConsensusLog join(UUID group, StateMachine machine);

  /**
   * What {@link ConsensusLog#seal} told of a group, also after a restart; null if the group is not
   * sealed here. Whoever was interrupted between leaving a group and founding its successor goes on
   * from here.
   */
  @Nullable Sealed sealed(UUID group);

  /** Puts the files of a sealed group aside under another name; nothing is deleted. */
  void retire(UUID group);

  /** Stops all logs in good order; nothing is left or sealed. */
  @Override
  void close();
}
