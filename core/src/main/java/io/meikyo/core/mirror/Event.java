// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.link.Frame;
import io.meikyo.core.partition.Hash;
import io.meikyo.core.partition.LoadedPartition;
import io.meikyo.core.partition.Payload;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything that can happen to a replica. Addresses and counts are in blocks, times in ns of a
 * monotonic clock. Ids of requests and commands are the sender's; each gets exactly one answer.
 */
public sealed interface Event {

  // ---- life of the replica

  /**
   * The partitions are open and their cluster partition was read.
   *
   * @param loaded what was read
   * @param bootId boot of this server
   * @param zeroGranularity blocks to which a zeroing discard must be aligned here, 0 if unsupported
   * @param record newest record that the authority answered with, null while it does not answer
   */
  record Attach(
      LoadedPartition loaded, long bootId, int zeroGranularity, @Nullable SetRecord record)
      implements Event {}

  /** Close in good order: flush, say so on the partition, answer with a command result. */
  record Detach(long command) implements Event {}

  /** Time passed; sent at the instant asked for by {@link Effect.Wake} or later. */
  record Tick() implements Event {}

  // ---- the set authority

  /**
   * Which groups the authority's present group descends from, or has taken the place of by the
   * operator's word. Comes before the first record of a group; only then a record of another group
   * than the one known here is taken (law 2).
   *
   * @param groupId the present group
   * @param former the groups before it, newest first
   */
  record Lineage(long groupId, List<Long> former) implements Event {
    /** Freezes the list. */
    public Lineage {
      former = List.copyOf(former);
    }
  }

  /** The authority's record, by its own push or as an answer to a question. Never goes back. */
  record RecordSeen(SetRecord record) implements Event {}

  /**
   * Answer to {@link Effect.Propose}.
   *
   * @param proposalId the proposal
   * @param outcome what became of it
   * @param record the authority's record after that; null if unknown
   */
  record Proposed(long proposalId, Outcome outcome, @Nullable SetRecord record) implements Event {}

  /** What became of a proposal. */
  enum Outcome {
    /** It is the record now, or was. */
    COMMITTED,
    /** It is not and will never be: the version had moved on. */
    REJECTED,
    /** Nobody knows; it may still be applied later. */
    UNKNOWN
  }

  // ---- the link

  /** A connection to the peer stands; nothing was said yet. */
  record LinkUp(int peer) implements Event {}

  /** The connection is gone. */
  record LinkDown(int peer) implements Event {}

  /** A message came over the standing connection. */
  record Received(int peer, Frame frame) implements Event {}

  // ---- the disks

  /**
   * A disk or metadata operation has ended.
   *
   * @param op id given by the effect
   * @param ok false if the disk returned an error
   * @param payload bytes read, for a read
   * @param hash hash of the bytes read, for a read that asked for it
   */
  record DiskDone(long op, boolean ok, @Nullable Payload payload, @Nullable Hash hash)
      implements Event {}

  /** The snapshot asked for by {@link Effect.TakeSnapshot} stands, or could not be taken. */
  record SnapshotTaken(long cutId, boolean ok) implements Event {}

  /** Answer to {@link Effect.ComputeDigest}; null if the snapshot is gone or unreadable. */
  record DigestComputed(long cutId, @Nullable Hash hash) implements Event {}

  // ---- the application

  /** Write; {@code fua}: answer only when durable. */
  record Write(long request, long start, int count, boolean fua, Payload payload)
      implements Event {}

  /** Write zeros. */
  record WriteZeroes(long request, long start, int count, boolean fua, boolean mayUnmap)
      implements Event {}

  /** Discard: afterwards the blocks are zeros or unchanged, alike on every replica (rule R6). */
  record Discard(long request, long start, int count) implements Event {}

  /** Read. */
  record Read(long request, long start, int count) implements Event {}

  /** Make durable everything answered before. */
  record Flush(long request) implements Event {}

  // ---- commands of the operator and of the cluster service

  /**
   * Become the active. {@code force}: the operator's explicit word to promote a replica that is not
   * in sync; makes a new generation.
   */
  record Activate(long command, boolean force) implements Event {}

  /** Give the role back in good order. */
  record Deactivate(long command) implements Event {}

  /**
   * Give the role back at the cut that stands, and leave flag and cut on every partition as they
   * are: the servers are shut down for their image to be taken. Nobody may be writing. Whoever is
   * activated next takes the image for void, unless {@link FlagOff} came before.
   */
  record Seal(long command) implements Event {}

  /**
   * Lose the role now, as if somebody else had it: what waits fails, and nothing is proposed or
   * waited for. For a server that must not act and reaches nobody.
   */
  record LetGo(long command) implements Event {}

  /**
   * Hold writes at a point where all replicas are equal.
   *
   * @param deadlineNanos instant at which the writes go on by themselves
   * @param backupMode raise the backup flag at the cut and register the hold with the authority
   * @param wallMillis wall clock of now, for the record
   */
  record Hold(long command, long holdId, long deadlineNanos, boolean backupMode, long wallMillis)
      implements Event {}

  /** Take the cut in a standing hold. */
  record Cut(long command, long cutId) implements Event {}

  /** End the hold (and backup mode with it). */
  record Release(long command, long holdId) implements Event {}

  /**
   * End whatever hold stands, as broken: the process that holds is about to end (rule R10), or the
   * hold is of no use any more. The writes go on; an image that is being taken is void. Always
   * succeeds, at once.
   *
   * @param why what is said of it
   */
  record BreakHold(long command, Say why) implements Event {
    /** Because the process that holds is about to end. */
    public BreakHold(long command) {
      this(command, Say.HOLD_AGENT_STOPS);
    }
  }

  /**
   * End the backup mode that came with a restored image, or that was sealed ({@link Seal}): the
   * backup flag goes off on the peers' partitions as far as they are there, then on this one. Only
   * for a replica that is in sync, while nobody is active.
   */
  record FlagOff(long command) implements Event {}

  /** Stop a running recovery of a peer until {@link ResumeRecovery}. */
  record CancelRecovery(long command, int peer) implements Event {}

  /** Let recovery of a peer run again. */
  record ResumeRecovery(long command, int peer) implements Event {}

  /** Chunks of recovery per second, all peers together; 0: no limit. */
  record SetRecoveryRate(long command, int chunksPerSecond) implements Event {}

  /** Compare every block with a peer, online; answers with the number of chunks that differ. */
  record Verify(long command, int peer, long wallMillis) implements Event {}

  /** The operator's word on two diverged replicas: the peer's data is given up. */
  record DiscardPeer(long command, int peer) implements Event {}
}
