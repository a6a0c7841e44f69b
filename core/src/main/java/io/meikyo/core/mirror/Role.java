// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

/** What a replica is doing. The legal steps between roles are in {@link RoleTable}. */
public enum Role {
  /** Partitions closed, or being opened: no I/O. */
  DETACHED,
  /** Open, serves nobody; follows an active when one greets it. */
  STANDBY,
  /** Asks the authority to be the active; serves nobody yet. */
  PROMOTING,
  /** Serves the device in the epoch that the authority gave it. */
  ACTIVE,
  /**
   * Still the active by the record, lets everything in flight end before it gives the role back.
   */
  DEMOTING,
  /** Its own disk failed: answers every request with an error, never promoted. */
  FAILED
}
