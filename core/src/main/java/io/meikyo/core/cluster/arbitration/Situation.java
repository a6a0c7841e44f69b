// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.arbitration;

/** In what state a server is that has lost the other one. */
public enum Situation {
  /** It runs groups, and has heard the other server until just now. */
  RUNNING_OWNER,
  /** It runs none, and has heard the other server until just now. */
  STANDBY_FRESH,
  /** Its clock shows a gap, or what it knows of the other server is older than it may be. */
  STALE,
  /** It has not heard the other server since its service was started. */
  COLD_START
}
