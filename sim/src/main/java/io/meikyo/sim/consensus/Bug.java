// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.consensus;

/** A mistake that the twin can be told to make, to see that the contract finds it. */
enum Bug {
  /** Sealing tells what was applied, without the log's tail. */
  TAIL_FORGOTTEN,
  /** A proposal that was tried twice is applied twice. */
  APPLIED_TWICE,
  /** A proposal that may be in a log is called refused when its time is over. */
  FALSE_REFUSAL,
  /** The voters are changed whatever was expected. */
  EXPECTED_IGNORED,
  /** A sealed group is opened again. */
  OPENED_AGAIN,
  /** The leader answers applied before a majority has it. */
  TOLD_TOO_EARLY,
  /** A restart begins with the log and forgets the snapshot before it. */
  SNAPSHOT_FORGOTTEN,
  /** An answer comes twice. */
  ANSWERED_TWICE
}
