// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import io.meikyo.core.partition.Identity;
import java.util.UUID;

/**
 * What every block of a cluster partition is marked with, so that a stray block is refused: one of
 * another cluster, disk or replica, or one that this partition carried before it was made anew.
 *
 * @param identity who the partition is
 * @param life random number chosen when the partition was made or initialised
 * @param tag 64-bit mix of all that, the mark itself
 */
public record PartitionKey(Identity identity, long life, long tag) {

  /** Checks that the mark belongs to the rest. */
  public PartitionKey {
    if (tag != tagOf(identity, life)) {
      throw new IllegalArgumentException("tag does not belong to this identity");
    }
  }

  /** The key of a partition. */
  public static PartitionKey of(Identity identity, long life) {
    return new PartitionKey(identity, life, tagOf(identity, life));
  }

  /**
   * The mark: each of the six 64-bit numbers (cluster id upper and lower half, disk id upper and
   * lower half, replica, life) goes through {@code h = mix(h ^ number)}, beginning with 0, where
   * mix is the finaliser of SplitMix64.
   */
  public static long tagOf(Identity identity, long life) {
    UUID cluster = identity.clusterId();
    UUID disk = identity.diskId();
    long h = mix(cluster.getMostSignificantBits());
    h = mix(h ^ cluster.getLeastSignificantBits());
    h = mix(h ^ disk.getMostSignificantBits());
    h = mix(h ^ disk.getLeastSignificantBits());
    h = mix(h ^ identity.replica());
    return mix(h ^ life);
  }

  private static long mix(long value) {
    long z = value + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
