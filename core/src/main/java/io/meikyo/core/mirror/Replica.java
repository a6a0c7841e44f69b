// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.base.Invariant;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.MapPage;
import io.meikyo.core.partition.Payload;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the parts of the engine share, and the few things that all of them need: emit an effect,
 * tell a sentence, touch the data partition, fail. One instance per engine; not thread-safe.
 */
final class Replica {
  final EngineConfig config;
  final Geometry geometry;
  final int self;
  final int selfBit;
  final LongSupplier entropy;
  final Ops ops = new Ops();

  /** Instant of the event that is being handled, ns. */
  long now;

  private Consumer<Effect> out = e -> {};

  Role role = Role.DETACHED;

  /** Newest epoch known, and the replica that is active in it (-1: nobody). */
  long epoch;

  int activeReplica = -1;
  long groupId;

  /** What the authority said of its present group; known also while we are detached. */
  Event.Lineage lineage = new Event.Lineage(0, List.of());

  long bootId;
  int zeroGranularity;

  /** Our server was restarted while writes were in disk caches (rule R1). */
  boolean cacheLost;

  /**
   * We followed and were not closed cleanly: which writes were under way is not known any more. So
   * it stays until an active says that no member lacks anything, not only we.
   */
  boolean forgetful;

  /** Our own stamp is older than the authority says (law 12). */
  boolean rolledBack;

  /** We must not ask to take over before this instant: an active may still serve reads (R5). */
  long promiseUntil;

  /** Operations on the data partition that change it and have not ended. */
  int dataWrites;

  /** Number of the newest write, repair included; the order in which flushes count. */
  long lastWrite = 1;

  final ChunkMap[] maps = new ChunkMap[MapPage.MAPS];

  /** Chunks on which reads wait until every in-sync replica has our version of them (rule R8). */
  final ChunkMap unreconciled;

  /** Chunks that we wrote as a standby and that are perhaps not written everywhere. */
  final RecentWrites recent;

  final List<Peer> peers = new ArrayList<>();
  private final @Nullable Peer[] peerById = new @Nullable Peer[Identity.REPLICAS_MAX];

  final Metadata meta;
  final MapStore store;
  final FlushTrack flush = new FlushTrack();
  final ActivityLog log;
  final SetKeeper set;
  final Sessions sessions;
  final Leading leading;
  final StampRounds stamps;
  final AppPath app;
  final Recovery recovery;
  final Follower follower;
  final HoldMachine hold;
  final Promotion promotion;
  final Attachment attachment;
  final Restored restored;

  Replica(EngineConfig config, LongSupplier entropy) {
    this.config = config;
    this.geometry = config.geometry();
    this.self = config.identity().replica();
    this.selfBit = 1 << self;
    this.entropy = entropy;
    for (int i = 0; i < maps.length; i++) {
      maps[i] = new ChunkMap(geometry);
    }
    unreconciled = new ChunkMap(geometry);
    recent = new RecentWrites(geometry);
    for (int id = 0; id < Identity.REPLICAS_MAX; id++) {
      if (id != self && (config.peersMask() & 1 << id) != 0) {
        Peer p = new Peer(id, (config.asyncMask() & 1 << id) != 0, geometry);
        peers.add(p);
        peerById[id] = p;
      }
    }
    for (Peer p : peers) {
      p.stream = p.async ? new AsyncStream(this, p) : null;
    }
    meta = new Metadata(this);
    store = new MapStore(this, maps);
    log = new ActivityLog(this);
    set = new SetKeeper(this);
    sessions = new Sessions(this);
    leading = new Leading(this);
    stamps = new StampRounds(this);
    app = new AppPath(this);
    recovery = new Recovery(this);
    follower = new Follower(this);
    hold = new HoldMachine(this);
    promotion = new Promotion(this);
    attachment = new Attachment(this);
    restored = new Restored(this);
  }

  void begin(long nowNanos, Consumer<Effect> sink) {
    now = Math.max(now, nowNanos);
    out = sink;
  }

  void emit(Effect effect) {
    out.accept(effect);
  }

  /** Says a sentence (law 10). */
  void tell(Say say, Object... args) {
    out.accept(new Effect.Tell(say, List.of(args)));
  }

  void commandDone(long command, boolean ok, Say why) {
    out.accept(new Effect.CommandDone(command, ok, why, 0));
  }

  @Nullable Peer peer(int id) {
    return id >= 0 && id < peerById.length ? peerById[id] : null;
  }

  boolean active() {
    return role == Role.ACTIVE || role == Role.DEMOTING;
  }

  /** The one door for changes of role. */
  void become(Role next, Say why) {
    if (next == role) {
      return;
    }
    Invariant.check(RoleTable.legal(role, next), "role " + role + " may become " + next);
    Role from = role;
    role = next;
    tell(why, from, next);
  }

  /** A random number that is not 0. */
  long random() {
    long n = entropy.getAsLong();
    return n == 0 ? 1 : n;
  }

  ChunkMap dirty(Peer p) {
    return maps[p.id];
  }

  ChunkMap changes() {
    return maps[MapPage.CHANGE_MAP];
  }

  /** These blocks are about to change here (rule R9). */
  void markChanged(long start, int count) {
    changes().setBlocks(start, count);
    hold.cut().changed(start, count);
  }

  // ---- data partition

  void writeData(long start, int count, boolean fua, Payload payload, Runnable done) {
    dataWrites++;
    emit(new Effect.DiskWrite(writeOp(done), start, count, fua, payload));
  }

  void zeroData(long start, int count, boolean fua, boolean mayUnmap, Runnable done) {
    dataWrites++;
    emit(new Effect.DiskZero(writeOp(done), start, count, fua, mayUnmap));
  }

  private long writeOp(Runnable done) {
    return ops.begin((ok, _, _) -> {
      dataWrites--;
      if (ok) {
        done.run();
      } else {
        diskFailed(Say.DATA_PARTITION_FAILED);
      }
      if (dataWrites == 0) {
        quiet();
      }
    });
  }

  void readData(long start, int count, boolean hash, Ops.Handler done) {
    emit(
        new Effect.DiskRead(
            ops.begin((ok, payload, digest) -> {
              if (ok) {
                done.done(true, payload, digest);
              } else {
                diskFailed(Say.DATA_PARTITION_FAILED);
              }
            }),
            start,
            count,
            hash));
  }

  void flushData(Runnable done) {
    emit(
        new Effect.DiskFlush(
            ops.begin((ok, _, _) -> {
              if (ok) {
                done.run();
              } else {
                diskFailed(Say.FLUSH_FAILED);
              }
            })));
  }

  /** Nothing that changes the data partition is under way any more. */
  private void quiet() {
    if (role != Role.ACTIVE) {
      promotion.quiet();
      sessions.quiet();
    }
  }

  /** A flush of ours or of a peer has ended, or what must be flushed has changed. */
  void flushProgress() {
    recovery.flushProgress();
    app.flushProgress();
    log.pump();
    hold.progress();
    promotion.progress();
    set.plan();
  }

  /** The disk under this replica does not do what it must: the replica is lost (rule R16). */
  void diskFailed(Say why) {
    if (role == Role.FAILED || role == Role.DETACHED) {
      return;
    }
    become(Role.FAILED, why);
    hold.roleLost(why);
    meta.condition = Condition.FAILED;
    meta.save();
    app.failAll();
    promotion.failed(why);
    recovery.stop();
    sessions.closeAll(io.meikyo.core.link.Message.Parting.DISK_FAILED);
  }
}
