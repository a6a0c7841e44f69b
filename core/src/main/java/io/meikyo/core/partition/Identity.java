// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.partition;

import java.util.UUID;

/**
 * Who a partition is: nothing on it is read or written before this equals the configured one (law
 * 7).
 *
 * @param clusterId the cluster that the mirror disk belongs to
 * @param diskId the mirror disk; the same on all of its replicas
 * @param replica number of this replica, 0 to {@link #REPLICAS_MAX} - 1
 */
public record Identity(UUID clusterId, UUID diskId, int replica) {
  /** Replicas that one mirror disk can have: each has a bit in a set mask and a slot on disk. */
  public static final int REPLICAS_MAX = 8;

  /** Checks the replica's number. */
  public Identity {
    if (replica < 0 || replica >= REPLICAS_MAX) {
      throw new IllegalArgumentException("replica " + replica + " is not 0.." + (REPLICAS_MAX - 1));
    }
  }

  /** True if both are replicas of one mirror disk. */
  public boolean sameDisk(Identity other) {
    return clusterId.equals(other.clusterId) && diskId.equals(other.diskId);
  }
}
