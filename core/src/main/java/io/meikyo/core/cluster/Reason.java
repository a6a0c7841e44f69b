// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

/** Why a group is as it is. */
public enum Reason {
  /** It has just been configured. */
  CONFIGURED,
  /** It starts by itself when its servers start. */
  AUTO_START,
  /** The operator said so. */
  OPERATOR,
  /** The owner is gone. */
  SERVER_DOWN,
  /** A resource failed. */
  RESOURCE_FAILED,
  /** A monitor found that it does not work. */
  MONITOR_FAILED,
  /** A group that must run before it did not start in time. */
  WAITED_IN_VAIN,
  /** A better server is back. */
  FAILBACK,
  /** The owner stops in good order. */
  SERVER_STOPS,
  /** The owner lost its lease. */
  LEASE_LOST,
  /** All its resources run. */
  STARTED,
  /** All its resources are stopped. */
  STOPPED
}
