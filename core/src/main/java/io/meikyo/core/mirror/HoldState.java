// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

/** Life of a hold. The legal steps are in {@link HoldTable}. */
public enum HoldState {
  /** Writes flow. */
  NONE,
  /** The authority is told of the hold (backup mode only); writes still flow. */
  REGISTERING,
  /** Writes wait; those that were in flight end. */
  DRAINING,
  /** Nothing in flight; every replica flushes, then the activity log is emptied. */
  SETTLING,
  /** All replicas stand still and are equal. */
  HELD,
  /** The cut is being written and snapshots are taken. */
  CUTTING,
  /** The cut stands on every replica. */
  CUT,
  /** Good end: the flags go off on every replica before the writes go on. */
  ENDING,
  /** Bad end: the image is marked void on every replica before the writes go on (rule R11). */
  VOIDING
}
