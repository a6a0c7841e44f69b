// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

/**
 * Every sentence that the engine can say (law 10). The text for people, in English and Japanese,
 * with cause and correction, is in the message bundles under {@code mirror.} and the name in lower
 * case.
 */
public enum Say {
  /** Nothing to say. */
  NOTHING,
  /** The partitions are open. */
  ATTACHED,
  /** The partitions are open already. */
  ATTACHED_ALREADY,
  /** The partitions are closed, flushed and marked clean. */
  DETACHED,
  /** Only a standby closes its partitions: give the role back first. */
  DETACH_NEEDS_STANDBY,
  /** The identity on the partition is not the configured one: not touched (law 7). */
  IDENTITY_DIFFERS,
  /** The shape on the partition is not the configured one: not touched. */
  GEOMETRY_DIFFERS,
  /** The partition belongs to another group of the authority. */
  GROUP_DIFFERS,
  /** The authority goes on in another group, of whose lineage ours is. */
  GROUP_SUCCEEDED,
  /** The server was restarted while writes were in disk caches. */
  CACHE_LOST_HERE,
  /** The stamp on the partition is older than the authority knows: an old image (law 12). */
  ROLLED_BACK_HERE,
  /** The replica asks to become the active. */
  PROMOTION_BEGINS,
  /** The operator makes this replica the active although it is not in sync. */
  PROMOTION_FORCED,
  /** The replica is active. */
  ACTIVE_NOW,
  /** The replica is active already. */
  ACTIVE_ALREADY,
  /** Another replica is active and answers. */
  ACTIVE_ELSEWHERE,
  /** Only a standby can be activated. */
  NOT_STANDBY,
  /** This replica is not active. */
  NOT_ACTIVE_HERE,
  /** The replica is not in the in-sync set: it lacks acknowledged writes (law 4). */
  NOT_IN_SYNC,
  /** The replica is the target of an unfinished recovery (law 8). */
  NOT_CONSISTENT,
  /** The replica is new, and others have held data (law 4): not even by force. */
  BLANK_HERE,
  /** The disk under this replica has failed. */
  DISK_HAS_FAILED,
  /** The partition carries a backup flag that no known hold explains: a restored image waits. */
  RESTORED_WAITS,
  /** Restored replicas became a mirror again, with no copy (rule R13). */
  RESTORED_IN_SYNC,
  /** The backup flag is off on every replica; the mirror disk can be activated. */
  FLAG_OFF,
  /** The backup flag is off here; the other replica is not there, or keeps its own for now. */
  FLAG_OFF_HERE,
  /** The backup flag was off already. */
  FLAG_OFF_ALREADY,
  /** The backup flag is being taken down already. */
  FLAG_GOES_OFF_ALREADY,
  /** The backup flag belongs to a backup that is under way: it ends with that. */
  FLAG_OF_A_BACKUP,
  /** The replica is a restored image and not in sync yet. */
  FLAG_RESTORE_UNFINISHED,
  /** The replica carries a backup flag and was not made from its image by a restore. */
  FLAG_NOT_RESTORED,
  /** The role was given back at the cut; flag and cut stay, for servers that are shut down. */
  SEALED,
  /** Only a cut of backup mode that stands, on replicas that are equal, can be sealed. */
  SEAL_NEEDS_CUT,
  /** Somebody writes to the mirror disk, or waits for it: it cannot be sealed. */
  SEAL_IN_USE,
  /** What a raised backup flag means here (rule R14). */
  FLAG_MEANS,
  /** The authority of the in-sync set was not heard yet. */
  AUTHORITY_SILENT,
  /** Caches were lost here; a member that may have more is not connected. */
  CACHE_LOST_PEER_UNKNOWN,
  /** Caches were lost here; another member kept what was acknowledged. */
  CACHE_LOST_PEER_BETTER,
  /** Somebody else's decision came first: this replica stays standby. */
  SET_CHANGE_OVERTAKEN_ROLE,
  /** Another replica is active in a newer epoch: this one steps down (law 2). */
  SUPERSEDED,
  /** The active ends what is under way and gives the role back. */
  ROLE_GIVEN_BACK,
  /** The role is given back; everything is flushed on every member. */
  RESTED,
  /** The role was let go of at once, by command; others may still take this one for the active. */
  LET_GO,
  /** The active gave its role back. */
  ACTIVE_RESTS,
  /** Two replicas met; the row of the reconnect table says what happens. */
  MET,
  /** A peer follows: every write goes to it. */
  PEER_FOLLOWS,
  /** This replica follows the active. */
  FOLLOWS,
  /** A peer that followed is gone. */
  PEER_LOST,
  /** A peer holds everything again. */
  PEER_RECOVERED,
  /** Nothing was heard from a peer for too long. */
  PEER_SILENT,
  /** A peer did not confirm a write or flush in time. */
  PEER_TOO_SLOW,
  /** A peer ended the session. */
  PEER_SAID_GOODBYE,
  /** A peer speaks another version of the protocol. */
  PROTOCOL_VERSION_DIFFERS,
  /** A message of an old session, or a repeated one, was dropped (rule R3). */
  STALE_MESSAGE_DROPPED,
  /** A message is missing: the session ends (rule R3). */
  MESSAGE_MISSING,
  /** A message of an older epoch was refused (law 2). */
  OLD_EPOCH_REFUSED,
  /** A fresh stamp stands on every replica that follows (rule R2). */
  STAMP_ISSUED,
  /** Extents left the activity log. */
  EXTENTS_EVICTED,
  /** A lost peer's removal from the in-sync set is proposed (law 3). */
  SHRINK_PROPOSED,
  /** A recovered peer's entry into the in-sync set is proposed. */
  EXPAND_PROPOSED,
  /** The proposed change of the set is decided. */
  SET_CHANGE_DECIDED,
  /** Another change of the record came before the proposed one. */
  SET_CHANGE_OVERTAKEN,
  /** The authority's answer is unknown: the same proposal is put again. */
  SET_CHANGE_UNKNOWN,
  /** A request is wider than the activity log can cover at once: the edge must split it. */
  REQUEST_TOO_WIDE,
  /** A discard is ignored on every replica: not aligned, or not agreed (rule R6). */
  DISCARD_IGNORED,
  /** A member of the in-sync set cannot be given up. */
  DISCARD_PEER_IN_SYNC,
  /** The operator gives up a peer's data: it will be overwritten. */
  PEER_DATA_GIVEN_UP,
  /** A write to the cluster partition failed: the replica is lost. */
  CLUSTER_PARTITION_FAILED,
  /** An I/O on the data partition failed: the replica is lost. */
  DATA_PARTITION_FAILED,
  /** A flush failed: the replica is lost, it is never retried (rule R16). */
  FLUSH_FAILED,
  /** Recovery of the peer stops until it is resumed. */
  RECOVERY_CANCELLED,
  /** Recovery of the peer goes on. */
  RECOVERY_RESUMED,
  /** The ceiling of recovery is set. */
  RECOVERY_RATE_SET,
  /** The rate must be 0 (no ceiling) or more. */
  RATE_OUT_OF_RANGE,
  /** A member of the in-sync set is being reconciled: that cannot be stopped. */
  RECONCILE_CANNOT_STOP,
  /** A verify needs a peer that is in sync, follows, and is not being recovered. */
  VERIFY_NEEDS_IN_SYNC,
  /** Every block is equal. */
  VERIFY_EQUAL,
  /** Blocks differ. */
  VERIFY_DIFFERS,
  /** An asynchronous peer has caught up: it gets every write in order. */
  ASYNC_STREAM_BEGINS,
  /** The queue for an asynchronous peer is full: writes go to the history. */
  ASYNC_SPILLED,
  /** Queue and history are full: the dirty map takes over and the peer catches up later. */
  ASYNC_OVERFLOW,
  /** The history of an asynchronous peer cannot be written or read: the dirty map takes over. */
  ASYNC_HISTORY_FAILED,
  /** No copy of the last consistent state could be kept before catching up. */
  NO_CONSISTENT_COPY,
  /** A hold begins. */
  HOLD_BEGINS,
  /** The authority knows of the hold; from now on writes wait. */
  HOLD_REGISTERED,
  /** Nothing is in flight; every replica flushes. */
  HOLD_DRAINED,
  /** Writes wait, all replicas are equal. */
  HOLD_STANDS,
  /** A hold stands already. */
  HOLD_STANDS_ALREADY,
  /** The deadline of a hold must lie in the future (law 5). */
  HOLD_WITHOUT_DEADLINE,
  /** A hold needs every replica connected and in sync. */
  HOLD_NEEDS_ALL_IN_SYNC,
  /** A hold waits for the end of recovery, reconcile or verify (rule R8). */
  HOLD_NEEDS_RECONCILED,
  /** The set, or a stamp, is being changed: try again at once. */
  HOLD_SET_CHANGES,
  /** No such hold stands. */
  HOLD_NOT_STANDING,
  /** The hold is being released already. */
  HOLD_ENDS_ALREADY,
  /** The hold is released, writes go on. */
  HOLD_RELEASED,
  /** The hold was released before it stood. */
  HOLD_RELEASED_EARLY,
  /** The hold ended at its deadline (law 5). */
  HOLD_DEADLINE,
  /** The hold ended because a replica was lost. */
  HOLD_LOST_PEER,
  /** The hold ended because the agent that holds is being stopped. */
  HOLD_AGENT_STOPS,
  /** A step of its backup failed, here or on another mirror disk. */
  HOLD_GIVEN_UP,
  /** VOID could not be written on every replica in time; writes go on (law 5). */
  VOID_NOT_EVERYWHERE,
  /** A cut needs a standing hold. */
  CUT_NEEDS_HOLD,
  /** The cut is being written. */
  CUT_BEGINS,
  /** The cut stands on every replica. */
  CUT_STANDS,
  /** A snapshot could not be taken. */
  CUT_SNAPSHOT_FAILED,
  /** What the cut is worth is known. */
  CUT_JUDGED,
  /** The image of the cut is void: the active died during the hold (rule R11). */
  CUT_VOID_AFTER_CRASH,
  /** A change of the in-sync set is undecided. */
  WAITS_FOR_AUTHORITY,
  /** A replica has not yet confirmed. */
  WAITS_FOR_REPLICAS,
  /** A hold stands. */
  WAITS_FOR_HOLD,
  /** An in-sync peer has not answered lately: reads wait (rule R5). */
  WAITS_FOR_LEASE,
  /** The activity log makes room. */
  WAITS_FOR_LOG,
  /** The disk has not answered yet. */
  WAITS_FOR_DISK
}
