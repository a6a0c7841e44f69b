// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import io.meikyo.core.partition.Superblock;

/**
 * A superblock as it stands on a partition: with what only the bytes need.
 *
 * @param superblock what the engine knows
 * @param life random number of this life of the partition, see {@link PartitionKey}
 * @param layout where the rest stands
 */
public record WrittenSuperblock(Superblock superblock, long life, PartitionLayout layout) {

  /** Checks that both speak of one geometry. */
  public WrittenSuperblock {
    if (!superblock.geometry().equals(layout.geometry())) {
      throw new IllegalArgumentException("superblock and layout differ in their geometry");
    }
  }

  /** What every other block of the partition is marked with. */
  public PartitionKey key() {
    return PartitionKey.of(superblock.identity(), life);
  }

  /** The same partition with another superblock. */
  public WrittenSuperblock with(Superblock next) {
    return new WrittenSuperblock(next, life, layout);
  }
}
