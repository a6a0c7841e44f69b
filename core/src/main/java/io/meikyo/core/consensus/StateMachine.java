// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.consensus;

/**
 * The deterministic state that a group replicates. Called by the log, one call at a time, in the
 * order of the log; after a restart again from the last snapshot on. A call may not wait for the
 * log.
 */
public interface StateMachine {
  /**
   * Applies a committed command.
   *
   * @return what its proposer is told; the same on every member
   */
  byte[] apply(LogPosition at, byte[] command);

  /** The whole state as of the last applied command. */
  byte[] snapshot();

  /** Takes a state in place of the present one; what was applied up to {@code at} is in it. */
  void restore(LogPosition at, byte[] snapshot);
}
