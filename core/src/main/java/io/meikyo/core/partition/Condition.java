// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.partition;

/**
 * What the bytes of a data partition are good for, by the word of its own superblock. It never
 * makes a replica "in sync": only the replicated record does (law 4, law 12).
 */
public enum Condition {
  /** Made, never written as a replica: any other replica is better. */
  BLANK,
  /** One point in the order of writes, as a disk is after a crash or better. */
  CONSISTENT,
  /** Target of an unfinished recovery: a mixture of two points in time, never to be promoted. */
  INCONSISTENT,
  /** Came from an image by a restore; waits for its twin or for the operator (rule R13). */
  RESTORED,
  /** The disk under it returned an error: out of use until the operator replaces it. */
  FAILED
}
