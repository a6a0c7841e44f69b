// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

/** What one member believes of another. */
public enum Health {
  /** Its service was heard a moment ago. */
  UP,
  /** We have just started, and give it time. */
  UNKNOWN,
  /** Never heard since we started. */
  NEVER_SEEN,
  /**
   * Its service is silent, its mirror agent is not: the control plane is down, the data plane up.
   */
  SERVICE_SILENT,
  /** We do not hear it, somebody else does: the way between us is cut. */
  CUT_OFF,
  /** Nobody hears it. */
  DOWN,
  /** It has stopped in good order. */
  LEFT
}
