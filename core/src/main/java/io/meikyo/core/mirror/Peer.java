// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.link.Message.FollowMode;
import io.meikyo.core.link.ReplicaView;
import io.meikyo.core.partition.Geometry;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * All that a replica knows of one peer: the session, and either side of what flows over it. Plain
 * data; the rules are in {@link Sessions}, {@link Leading} (we are active) and {@link Follower}
 * (the peer is).
 */
final class Peer {
  final int id;
  final int bit;
  final boolean async;

  // ---- session (rule R3)
  boolean up;
  boolean helloSent;
  boolean greeted;
  long nonce;
  long theirNonce;
  long session;
  long sent;
  long received;
  long heardAt;
  long pingedAt;
  @Nullable ReplicaView view;
  boolean suspectsComplete;
  final ChunkMap suspects;

  /** The active may serve reads as far as this peer is concerned (rule R5). */
  long leaseUntil = Long.MIN_VALUE;

  // ---- we are active
  ReconnectRow row = ReconnectRow.NOT_CONNECTED;

  /** Why it was refused last, which was told; null: it was not. */
  @Nullable ReconnectRow refused;

  FollowMode mode = FollowMode.NONE;

  /** Every write goes to it now. */
  boolean flowing;

  /** It is in the in-sync set and must leave it before anything else. */
  boolean mustDrop;

  long lostAt;

  /** Chunks written and not covered by a flush that it confirmed (rule R1). */
  final ChunkMap unflushed;

  /** The same for the time before the flush under way. */
  final ChunkMap unflushedBefore;

  final FlushTrack flush = new FlushTrack();
  long flushAskedAt;

  // ---- recovery of this peer
  int cursor;
  final ChunkMap repaired;
  final ArrayDeque<long[]> awaitingFlush = new ArrayDeque<>();

  boolean recoveredSent;
  long recoveredSentAt;
  boolean recoveredAck;

  /** It may join when it has made all writes up to this number durable. */
  long joinsAfter;

  boolean recoveryCancelled;
  boolean discard;

  /** Only for an asynchronous peer; null otherwise. */
  @Nullable AsyncStream stream;

  // ---- it is active and we follow
  boolean following;
  final ArrayDeque<FollowerOp> work = new ArrayDeque<>();
  int workOpen;
  final ArrayDeque<FlushWait> flushWaits = new ArrayDeque<>();

  /** A disk operation done on behalf of the active, in order of arrival. */
  static final class FollowerOp {
    boolean done;
  }

  /** A flush that waits for the operations that arrived before it. */
  record FlushWait(long flush, @Nullable FollowerOp last) {}

  Peer(int id, boolean async, Geometry geometry) {
    this.id = id;
    this.bit = 1 << id;
    this.async = async;
    this.suspects = new ChunkMap(geometry);
    this.unflushed = new ChunkMap(geometry);
    this.unflushedBefore = new ChunkMap(geometry);
    this.repaired = new ChunkMap(geometry);
  }

  /** True while writes reach it through its queue (rule R17). */
  boolean streams() {
    AsyncStream s = stream;
    return s != null && s.on();
  }

  @Override
  public String toString() {
    return "peer " + id;
  }
}
