// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.link.Message.FollowMode;

/**
 * The rows of the reconnect table in the order in which {@link ReconnectTable} looks for the first
 * that fits. "Here" is the replica that decides, "there" the peer that greeted. Only an active
 * makes data flow; a row's mode is what it then does with the peer. In docs/reconnect.md each row
 * stands with what is found, what happens and what is said; a test compares the three.
 */
public enum ReconnectRow {
  /** No session yet. */
  NOT_CONNECTED(FollowMode.NONE, false),
  /** There: another cluster or another mirror disk. */
  FOREIGN_DISK(FollowMode.NONE, true),
  /** There: the replica number of this server: the same device, or its image, on both servers. */
  SAME_REPLICA(FollowMode.NONE, true),
  /** There: a replica number that does not belong to that server: swapped or relabelled. */
  SWAPPED_REPLICA(FollowMode.NONE, true),
  /** There: another size, block size or chunk size. */
  OTHER_SHAPE(FollowMode.NONE, true),
  /** The authorities are of different groups; their numbers say nothing about each other. */
  OTHER_GROUP(FollowMode.NONE, true),
  /** Both active, there in a newer epoch: this replica must step down. */
  BOTH_ACTIVE_OLDER_HERE(FollowMode.NONE, false),
  /** Both active, here in a newer epoch: the peer will step down and greet again. */
  BOTH_ACTIVE_NEWER_HERE(FollowMode.NONE, false),
  /** Active there: it decides. */
  PEER_LEADS(FollowMode.NONE, false),
  /** Nobody active, both restored from one cut with equal digests: may become in sync together. */
  RESTORED_PAIR(FollowMode.NONE, false),
  /** Nobody active, restored from different cuts: the operator names the side to keep. */
  RESTORED_DIFFER(FollowMode.NONE, false),
  /** Nobody active: nothing flows until one is activated. */
  NOBODY_LEADS(FollowMode.NONE, false),
  /** Active here, a newer epoch is known there: nothing flows before the authority was heard. */
  EPOCH_NEWER_THERE(FollowMode.NONE, false),
  /** There: the disk failed; it must be replaced. */
  PEER_FAILED(FollowMode.NONE, false),
  /** The operator gave up the data there. */
  OPERATOR_DISCARDS(FollowMode.FULL, false),
  /** There: restored from an image; never source or target by itself (rule R13). */
  PEER_RESTORED(FollowMode.NONE, false),
  /** There: made, never written: first full copy. */
  PEER_BLANK(FollowMode.FULL, false),
  /** Target of an interrupted recovery with a stamp that is not known here: from the beginning. */
  RECOVERY_RESTARTS(FollowMode.FULL, false),
  /** No generation in common: two mirror disks that never were one. */
  UNRELATED(FollowMode.NONE, false),
  /** Each side has a generation that the other never had: both were written alone. */
  DIVERGED(FollowMode.NONE, false),
  /** There: a generation that came from the one here: newer data, must not be overwritten. */
  PEER_NEWER(FollowMode.NONE, false),
  /** There: the stamp of a former cut: an image of that cut was put in place of the replica. */
  OLDER_CUT(FollowMode.FULL, false),
  /** There: a stamp older than the one it had: rolled back to an old image. */
  ROLLED_BACK(FollowMode.FULL, false),
  /** There: a stamp that it did not have when it was last here. */
  STAMP_UNKNOWN(FollowMode.FULL, false),
  /** Caches were lost there while another replica was active: nobody knows what was in them. */
  CACHE_LOST_UNTRACKED(FollowMode.FULL, false),
  /** There: followed another active, was not closed cleanly, cannot say what was under way. */
  WRITES_UNKNOWN(FollowMode.FULL, false),
  /** Caches were lost there; what was in them is in the dirty map here. */
  CACHE_LOST(FollowMode.DIFFERENTIAL, false),
  /** In the set, stamp as expected, nothing differs: what was in flight is sent again. */
  STILL_IN_SYNC(FollowMode.RESUME, false),
  /** In the set, stamp as expected; chunks in flight when an agent died are compared (rule R8). */
  IN_SYNC_UNRECONCILED(FollowMode.RECONCILE, false),
  /** Target of a recovery that was interrupted: it goes on. */
  RECOVERY_GOES_ON(FollowMode.DIFFERENTIAL, false),
  /** Not in the set, stamp as expected: what is in the dirty maps differs. */
  KNOWN_DIFFERENCE(FollowMode.DIFFERENTIAL, false),
  /** As above, mirrored asynchronously. */
  KNOWN_DIFFERENCE_ASYNC(FollowMode.BEHIND, false);

  private final FollowMode mode;
  private final boolean closes;

  ReconnectRow(FollowMode mode, boolean closes) {
    this.mode = mode;
    this.closes = closes;
  }

  /** What the active then does with the peer. */
  public FollowMode mode() {
    return mode;
  }

  /** The session is closed, since the pair must never exchange data. */
  public boolean closes() {
    return closes;
  }

  /** A member of the in-sync set to which this happens must leave it first. */
  public boolean leavesSet() {
    return switch (mode) {
      case FULL, DIFFERENTIAL, BEHIND -> true;
      case RESUME, RECONCILE -> false;
      case NONE ->
          switch (this) {
            case NOT_CONNECTED,
                BOTH_ACTIVE_OLDER_HERE,
                BOTH_ACTIVE_NEWER_HERE,
                PEER_LEADS,
                EPOCH_NEWER_THERE,
                NOBODY_LEADS,
                RESTORED_PAIR,
                RESTORED_DIFFER ->
                false;
            default -> true;
          };
    };
  }
}
