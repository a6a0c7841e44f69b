// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.Stamp;
import java.util.List;

/**
 * What the replicated cluster state says about one mirror disk. It changes only by compare-and-set
 * on {@code version}; the epoch rises with each change of the active or of the in-sync set.
 *
 * @param groupId lineage of the authority; versions and epochs of different groups are never
 *     compared (law 2)
 * @param version rises by one with each change; what compare-and-set compares
 * @param epoch rises by one with each change of {@code active} or {@code inSyncMask}
 * @param active replica that serves the device, or -1
 * @param inSyncMask replicas that hold every acknowledged write, bit per replica number
 * @param generation current generation of the data; 0 before the first activation
 * @param stamps per replica number, the oldest stamp that it must be able to show to be believed
 * @param proposalId id of the proposal that made this version, by which a proposer whose answer was
 *     lost finds its own decision
 * @param holdId hold of backup mode in progress, 0 if none
 * @param cutId the last cut that was recorded, 0 if none
 * @param cutStatus what its image is worth
 */
public record SetRecord(
    long groupId,
    long version,
    long epoch,
    int active,
    int inSyncMask,
    long generation,
    List<Stamp> stamps,
    long proposalId,
    long holdId,
    long cutId,
    CutStatus cutStatus) {

  /** Freezes the stamps and checks their number. */
  public SetRecord {
    stamps = List.copyOf(stamps);
    if (stamps.size() != Identity.REPLICAS_MAX) {
      throw new IllegalArgumentException(stamps.size() + " stamps");
    }
  }

  /** The record of a mirror disk that was never active: nobody holds anything yet. */
  public static SetRecord initial(long groupId) {
    return new SetRecord(
        groupId,
        1,
        0,
        -1,
        0,
        0,
        java.util.Collections.nCopies(Identity.REPLICAS_MAX, Stamp.NONE),
        0,
        0,
        0,
        CutStatus.NONE);
  }

  /** True if the replica is in the in-sync set. */
  public boolean inSync(int replica) {
    return (inSyncMask & 1 << replica) != 0;
  }

  /** The same as a successor group of the authority decides on. */
  public SetRecord in(long group) {
    return new SetRecord(
        group,
        version,
        epoch,
        active,
        inSyncMask,
        generation,
        stamps,
        proposalId,
        holdId,
        cutId,
        cutStatus);
  }

  /** The next record, in which a replica is neither in sync nor active any more. */
  public SetRecord without(int replica) {
    return new SetRecord(
        groupId,
        version + 1,
        epoch + 1,
        active == replica ? -1 : active,
        inSyncMask & ~(1 << replica),
        generation,
        stamps,
        0,
        holdId,
        cutId,
        cutStatus);
  }
}
