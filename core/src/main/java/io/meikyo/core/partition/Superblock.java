// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.partition;

import java.util.List;

/**
 * Everything small that a replica must know after a crash. Written whole, alternately at two places
 * of the cluster partition; the valid one with the higher sequence counts.
 *
 * @param sequence rises by one with each write
 * @param identity who this partition is
 * @param geometry shape of the mirror disk
 * @param groupId lineage of the deciding authority that {@code epoch} belongs to; numbers of
 *     different groups are never compared (law 2)
 * @param epoch newest epoch seen
 * @param inSyncMask in-sync set at that epoch, bit per replica (for founding a cluster from an
 *     image)
 * @param activeReplica active replica at that epoch, or -1
 * @param generations the line of data
 * @param condition what the bytes are good for
 * @param wasActive this replica was active and was not stopped cleanly; the activity log counts
 * @param clean detached with nothing unflushed
 * @param bootId boot of the server during which this replica was last attached (a hash of the
 *     kernel's boot id): another one means that disk caches may have been lost
 * @param stamp the stamp in force
 * @param stampPending a stamp that this replica was about to take when it asked the authority
 * @param peers one slot per replica number, {@link Identity#REPLICAS_MAX} of them
 * @param cut last cut
 * @param backup backup flag
 * @param changeMapPartial the change map may miss changes (an unclean stop of a standby), so that
 *     only its union with another replica's is whole (rule R9)
 */
public record Superblock(
    long sequence,
    Identity identity,
    Geometry geometry,
    long groupId,
    long epoch,
    int inSyncMask,
    int activeReplica,
    Generations generations,
    Condition condition,
    boolean wasActive,
    boolean clean,
    long bootId,
    Stamp stamp,
    Stamp stampPending,
    List<PeerSlot> peers,
    CutRecord cut,
    BackupRecord backup,
    boolean changeMapPartial) {

  /** Freezes the slots and checks their number. */
  public Superblock {
    peers = List.copyOf(peers);
    if (peers.size() != Identity.REPLICAS_MAX) {
      throw new IllegalArgumentException(peers.size() + " peer slots");
    }
  }

  /** The superblock of a partition just made: blank, no history. */
  public static Superblock blank(Identity identity, Geometry geometry) {
    return new Superblock(
        1,
        identity,
        geometry,
        0,
        0,
        0,
        -1,
        Generations.NONE,
        Condition.BLANK,
        false,
        true,
        0,
        Stamp.NONE,
        Stamp.NONE,
        java.util.Collections.nCopies(Identity.REPLICAS_MAX, PeerSlot.UNKNOWN),
        CutRecord.NONE,
        BackupRecord.OFF,
        false);
  }
}
