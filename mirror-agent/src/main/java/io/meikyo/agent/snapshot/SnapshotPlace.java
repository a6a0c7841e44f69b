// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import java.nio.file.Path;

/**
 * Where the snapshots of this server's mirror disks are kept.
 *
 * @param folder for the store files; is made when it is missing
 * @param capBytes most bytes of one store; 0: a tenth of the mirror disk, at least 64 MiB, at most
 *     16 GiB
 */
public record SnapshotPlace(Path folder, long capBytes) {
  /** Name of the folder below that of the agent's state. */
  public static final String FOLDER = "snapshots";

  private static final long LEAST_BYTES = 64L << 20;

  /** As many slots as a table of 6 MiB knows; more than that is the operator's word. */
  private static final long MOST_BYTES = 16L << 30;

  private static final int PART_OF_DISK = 10;

  /** The place that is taken without a word of the operator. */
  public static SnapshotPlace below(Path state) {
    return new SnapshotPlace(state.resolve(FOLDER), 0);
  }

  /** Most bytes of a store for a disk of this size; never more than the disk has. */
  long bytesFor(long diskBytes) {
    long cap =
        capBytes > 0
            ? capBytes
            : Math.min(MOST_BYTES, Math.max(LEAST_BYTES, diskBytes / PART_OF_DISK));
    return Math.min(cap, diskBytes);
  }
}
