// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.link.ReplicaView;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.PeerSlot;
import io.meikyo.core.partition.Stamp;

/**
 * What happens when two replicas meet: stamps, generations, in-sync set and roles go in, one row of
 * {@link ReconnectRow} comes out. A pure function; every row has a case in its test.
 */
public final class ReconnectTable {
  private ReconnectTable() {}

  /**
   * What this side knows beside the two views.
   *
   * @param peerNumber replica number that is configured for the server at the other end
   * @param slot what our partition says about that peer
   * @param inSync the peer is in the in-sync set
   * @param dirty chunks in which it is known or suspected to differ
   * @param async it is mirrored asynchronously
   * @param discard the operator gave up its data
   */
  public record Known(
      int peerNumber,
      PeerSlot slot,
      boolean inSync,
      boolean dirty,
      boolean async,
      boolean discard) {}

  /** The first row that fits. */
  public static ReconnectRow decide(ReplicaView here, ReplicaView there, Known known) {
    ReconnectRow identity = identity(here, there, known);
    if (identity != ReconnectRow.NOT_CONNECTED) {
      return identity;
    }
    if (here.role() != Role.ACTIVE) {
      return nobodyLeadsHere(here, there);
    }
    if (there.role() == Role.ACTIVE || there.role() == Role.DEMOTING) {
      return there.epoch() > here.epoch()
          ? ReconnectRow.BOTH_ACTIVE_OLDER_HERE
          : ReconnectRow.BOTH_ACTIVE_NEWER_HERE;
    }
    if (there.epoch() > here.epoch()) {
      return ReconnectRow.EPOCH_NEWER_THERE;
    }
    return data(here, there, known);
  }

  private static ReconnectRow identity(ReplicaView here, ReplicaView there, Known known) {
    if (!here.identity().sameDisk(there.identity())) {
      return ReconnectRow.FOREIGN_DISK;
    }
    if (here.identity().replica() == there.identity().replica()) {
      return ReconnectRow.SAME_REPLICA;
    }
    if (there.identity().replica() != known.peerNumber()) {
      return ReconnectRow.SWAPPED_REPLICA;
    }
    if (!sameShape(here.geometry(), there.geometry())) {
      return ReconnectRow.OTHER_SHAPE;
    }
    if (here.groupId() != 0 && there.groupId() != 0 && here.groupId() != there.groupId()) {
      return ReconnectRow.OTHER_GROUP;
    }
    return ReconnectRow.NOT_CONNECTED;
  }

  private static boolean sameShape(Geometry a, Geometry b) {
    return a.blockSize() == b.blockSize()
        && a.blocks() == b.blocks()
        && a.blocksPerChunk() == b.blocksPerChunk();
  }

  private static ReconnectRow nobodyLeadsHere(ReplicaView here, ReplicaView there) {
    if (there.role() == Role.ACTIVE || there.role() == Role.DEMOTING) {
      return ReconnectRow.PEER_LEADS;
    }
    if (here.condition() == Condition.RESTORED && there.condition() == Condition.RESTORED) {
      boolean one =
          here.cut().cutId() != 0
              && usable(here.cut().status())
              && usable(there.cut().status())
              && here.cut().cutId() == there.cut().cutId()
              && here.cut().digestHigh() == there.cut().digestHigh()
              && here.cut().digestLow() == there.cut().digestLow();
      return one ? ReconnectRow.RESTORED_PAIR : ReconnectRow.RESTORED_DIFFER;
    }
    return ReconnectRow.NOBODY_LEADS;
  }

  private static boolean usable(CutStatus status) {
    return status == CutStatus.PROVEN || status == CutStatus.UNPROVEN;
  }

  private static ReconnectRow data(ReplicaView here, ReplicaView there, Known known) {
    if (there.condition() == Condition.FAILED) {
      return ReconnectRow.PEER_FAILED;
    }
    if (known.discard()) {
      return ReconnectRow.OPERATOR_DISCARDS;
    }
    if (there.condition() == Condition.RESTORED) {
      return ReconnectRow.PEER_RESTORED;
    }
    if (there.condition() == Condition.BLANK) {
      return ReconnectRow.PEER_BLANK;
    }
    boolean accepted = known.slot().accepts(there.stamp()) && !there.rolledBack();
    if (there.condition() == Condition.INCONSISTENT) {
      // Its former line of data is gone already, whatever it was.
      return accepted ? goodStamp(there, known) : ReconnectRow.RECOVERY_RESTARTS;
    }
    if (!here.generations().knows(there.generations().current())
        && !(accepted && there.generations().current() == 0)) {
      if (there.generations().descendsFrom(here.generations().current())) {
        return ReconnectRow.PEER_NEWER;
      }
      return here.generations().related(there.generations())
          ? ReconnectRow.DIVERGED
          : ReconnectRow.UNRELATED;
    }
    if (!accepted) {
      return badStamp(here, there, known);
    }
    return goodStamp(there, known);
  }

  private static ReconnectRow badStamp(ReplicaView here, ReplicaView there, Known known) {
    if (here.cut().cutId() != 0 && there.stamp().equals(here.cut().stamp())) {
      return ReconnectRow.OLDER_CUT;
    }
    Stamp base = known.slot().base();
    return there.rolledBack() || (base.isSome() && there.stamp().counter() < base.counter())
        ? ReconnectRow.ROLLED_BACK
        : ReconnectRow.STAMP_UNKNOWN;
  }

  private static ReconnectRow goodStamp(ReplicaView there, Known known) {
    // A former active lists its own hot extents; a former standby is covered by our dirty map only
    // if we were the active that it followed (rule R1).
    boolean covered = known.slot().tracked() || there.wasActive();
    if (there.cacheLost()) {
      return covered ? ReconnectRow.CACHE_LOST : ReconnectRow.CACHE_LOST_UNTRACKED;
    }
    if (there.forgetful() && !covered && !known.inSync()) {
      return ReconnectRow.WRITES_UNKNOWN;
    }
    if (known.inSync() && there.condition() == Condition.CONSISTENT) {
      return known.dirty() || (there.suspects() && !known.slot().tracked())
          ? ReconnectRow.IN_SYNC_UNRECONCILED
          : ReconnectRow.STILL_IN_SYNC;
    }
    if (there.condition() == Condition.INCONSISTENT) {
      return ReconnectRow.RECOVERY_GOES_ON;
    }
    return known.async() ? ReconnectRow.KNOWN_DIFFERENCE_ASYNC : ReconnectRow.KNOWN_DIFFERENCE;
  }
}
