// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab;

/** What the group of a lab runs on its file system, behind the floating IP. */
public enum LabApplication {
  /** Nothing: only the floating IP and the mirror disk. */
  NONE,
  /** The lab's own ledger: rows with checksums, each durable before it is acknowledged. */
  LEDGER,
  /** PostgreSQL, made and started by scripts. */
  POSTGRESQL
}
