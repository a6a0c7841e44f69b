// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.link;

import io.meikyo.core.partition.BackupRecord;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Generations;
import io.meikyo.core.partition.Hash;
import io.meikyo.core.partition.Payload;
import io.meikyo.core.partition.Stamp;
import org.jspecify.annotations.Nullable;

/**
 * What two replicas say to each other. Addresses and counts are in blocks. The header that goes
 * with each message is {@link Frame}.
 */
public sealed interface Message {

  /** First word on a new connection: the nonce of this side, which the other must echo. */
  record Hello(int protocolVersion, long nonce) implements Message {}

  /** Answer to {@link Hello}: who I am. Valid only if it echoes the receiver's nonce (rule R3). */
  record Greet(long echo, long nonce, ReplicaView view) implements Message {}

  /** Chunks in which the sender may differ, a page at a time; {@code last} ends the list. */
  record Suspects(int page, long[] words, boolean last) implements Message {}

  /** Active to standby: follow me in this way, under this stamp, once it is durable with you. */
  record Follow(FollowMode mode, Stamp stamp, Generations generations, int inSyncMask)
      implements Message {}

  /** Standby to active: {@link Follow} is durable here. */
  record Following(Stamp stamp) implements Message {}

  /** Active to standby: the stamp is durable here too and your former one is no longer valid. */
  record StampDone(Stamp stamp) implements Message {}

  /** Active to standby: a new stamp while data flows. Answered by {@link Following}. */
  record Restamp(Stamp stamp, Generations generations, int inSyncMask) implements Message {}

  /** A write of the application. {@code settled}: all writes up to it are done everywhere. */
  record Write(long write, long settled, long start, int count, boolean fua, Payload payload)
      implements Message {}

  /** Zeros of the application, by write-zeroes or by a discard that both sides agreed on. */
  record Zero(long write, long settled, long start, int count, boolean fua, boolean mayUnmap)
      implements Message {}

  /** Standby to active: the write is on its disk (durably, if it had FUA). */
  record Written(long write) implements Message {}

  /** Active to standby: make durable all writes sent before this. */
  record Flush(long flush) implements Message {}

  /** Standby to active: done. */
  record Flushed(long flush) implements Message {}

  /**
   * Sign of life; also renews the read lease of the active.
   *
   * @param ping the sender's time, ns
   * @param settled writes up to this one are on every replica; 0 from a standby
   * @param lease how long after {@code ping} the sender will rely on the answer, ns: whoever
   *     answers promises that much, whatever its own times are
   */
  record Ping(long ping, long settled, long lease) implements Message {}

  /** Answer to {@link Ping}. */
  record Pong(long ping) implements Message {}

  /** Active to standby: does this range have this hash with you? */
  record Compare(long id, long start, int count, Hash hash) implements Message {}

  /** Standby to active: the answer. */
  record Compared(long id, boolean same) implements Message {}

  /** Active to standby: the bytes of a range that differed. */
  record Repair(long id, long start, int count, Payload payload) implements Message {}

  /** Standby to active: they are on its disk. */
  record Repaired(long id) implements Message {}

  /** Active to standby: you now hold everything; say so on your partition. */
  record Recovered(Generations generations) implements Message {}

  /** Standby to active: done, durably. */
  record RecoveredAck() implements Message {}

  /** Active to standby, between two writes: the cut is here (all before it is durable). */
  record Cut(CutRecord cut, BackupRecord backup) implements Message {}

  /** Standby to active: one page of what changed here since the last proven cut. */
  record ChangePage(long cutId, int page, long[] words) implements Message {}

  /** Standby to active: cut record durable and snapshot taken; or not. Ends the change pages. */
  record CutDone(long cutId, boolean ok) implements Message {}

  /**
   * Active to standby: one page of the union of the change maps; {@code last} starts the digest.
   */
  record DigestPage(long cutId, int page, long[] words, boolean last) implements Message {}

  /** Standby to active: digest of those chunks at the cut, read back from its disk. */
  record Digest(long cutId, Hash hash) implements Message {}

  /** Active to standby: what the cut is worth, and the backup flag that goes with it. */
  record CutVerdict(long cutId, CutStatus status, Hash digest, BackupRecord backup)
      implements Message {}

  /** Standby to active: the verdict is durable here. */
  record CutVerdictAck(long cutId, CutStatus status, boolean flagOn) implements Message {}

  /** Active to standby: I give the role back, everything is flushed, nothing is in flight. */
  record Rest(long epoch) implements Message {}

  /** Either way: this session ends, and why. */
  record Goodbye(Parting why) implements Message {}

  /** How a standby is to follow. */
  enum FollowMode {
    /** It is in the in-sync set and stays there; what was in flight is sent again. */
    RESUME,
    /** In the set; chunks that were in flight when the active's agent died are compared (R8). */
    RECONCILE,
    /** Not in the set: chunks that are known to differ, or may, are compared and repaired. */
    DIFFERENTIAL,
    /** Not in the set: every chunk is compared. */
    FULL,
    /** Asynchronous: writes in order, acknowledged to the application before they arrive (R17). */
    BEHIND,
    /** Connected, but no data flows; the reconnect table says why. */
    NONE
  }

  /** Why a session ends. */
  enum Parting {
    /** The other side speaks for an older epoch (law 2). */
    OLD_EPOCH,
    /** This side's disk failed. */
    DISK_FAILED,
    /** The partition is being closed in good order. */
    DETACHING,
    /** A message was lost, repeated or made no sense. */
    PROTOCOL,
    /** Nothing was heard for too long. */
    SILENT,
    /** This side is about to take the role over. */
    PROMOTING,
    /** The reconnect table refuses the pair. */
    REFUSED,
    /** Asynchronous mode: queue and history are full, the dirty map takes over. */
    TOO_FAR_BEHIND
  }

  /** Payload of a message that carries bytes, else null. */
  default @Nullable Payload payloadOrNull() {
    return switch (this) {
      case Write w -> w.payload();
      case Repair r -> r.payload();
      default -> null;
    };
  }
}
