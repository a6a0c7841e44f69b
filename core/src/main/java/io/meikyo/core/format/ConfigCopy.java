// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import java.util.Arrays;
import java.util.UUID;

/**
 * What a cluster partition carries about its cluster, so that the cluster can be founded again from
 * an image after both system disks are gone (rule R13). Never holds a private key.
 *
 * @param sequence rises by one with each write
 * @param clusterId the cluster
 * @param groupId lineage of its deciding authority
 * @param epoch epoch of the in-sync set
 * @param inSyncMask in-sync set of this mirror disk, bit per replica
 * @param version version of the configuration
 * @param configuration the applied configuration, as text of its own format; not looked into; never
 *     changed after the call
 */
public record ConfigCopy(
    long sequence,
    UUID clusterId,
    long groupId,
    long epoch,
    int inSyncMask,
    long version,
    byte[] configuration) {
  /** Most bytes that a configuration may have. */
  public static final int CONFIGURATION_MAX = PartitionLayout.CONFIG_COPY_BYTES - Block.BYTES;

  @Override
  public boolean equals(Object o) {
    return o instanceof ConfigCopy c
        && c.sequence == sequence
        && c.clusterId.equals(clusterId)
        && c.groupId == groupId
        && c.epoch == epoch
        && c.inSyncMask == inSyncMask
        && c.version == version
        && Arrays.equals(c.configuration, configuration);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(sequence) * 31 + Arrays.hashCode(configuration);
  }

  @Override
  public String toString() {
    return "configuration " + version + " of " + clusterId + ", copy " + sequence;
  }
}
