// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

/** Where a group stands on its owner, as the owner said last. */
public enum Phase {
  /** Nothing of it runs; it has no owner. */
  OFFLINE,
  /** It has an owner whose resources are being started. */
  STARTING,
  /** All its resources run. */
  ONLINE,
  /** Its resources are being stopped. */
  STOPPING,
  /** A resource could not be started or stopped, and no other server could take the group. */
  FAILED
}
