// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import io.meikyo.core.link.Message;
import io.meikyo.core.link.Message.FollowMode;
import io.meikyo.core.link.Message.Parting;
import io.meikyo.core.link.ReplicaView;
import io.meikyo.core.mirror.Role;
import io.meikyo.core.partition.BackupRecord;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Generations;
import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.Hash;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.Payload;
import io.meikyo.core.partition.Stamp;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The body of each message; drawn in docs/link-protocol.md. Fields stand in the order of the
 * record's components, 64-bit numbers first where that saves padding.
 */
final class FrameBodies {
  private static final int CACHE_LOST = 1;
  private static final int WAS_ACTIVE = 2;
  private static final int ROLLED_BACK = 4;
  private static final int SUSPECTS = 8;
  private static final int FORGETFUL = 16;

  private FrameBodies() {}

  static void put(Message message, ByteWriter w) {
    switch (message) {
      case Message.Hello m -> w.i64(m.nonce()).i32(m.protocolVersion()).i32(0);
      case Message.Greet m -> {
        w.i64(m.echo()).i64(m.nonce());
        putView(m.view(), w);
      }
      case Message.Suspects m -> w.i32(m.page()).bool(m.last()).zeros(3).words(m.words());
      case Message.Follow m ->
          w.stamp(m.stamp())
              .u8(Codes.of(m.mode()))
              .u8(m.inSyncMask())
              .zeros(6)
              .generations(m.generations());
      case Message.Following m -> w.stamp(m.stamp());
      case Message.StampDone m -> w.stamp(m.stamp());
      case Message.Restamp m ->
          w.stamp(m.stamp()).u8(m.inSyncMask()).zeros(7).generations(m.generations());
      case Message.Write m ->
          w.i64(m.write()).i64(m.settled()).i64(m.start()).i32(m.count()).bool(m.fua()).zeros(3);
      case Message.Zero m ->
          w.i64(m.write())
              .i64(m.settled())
              .i64(m.start())
              .i32(m.count())
              .bool(m.fua())
              .bool(m.mayUnmap())
              .zeros(2);
      case Message.Written m -> w.i64(m.write());
      case Message.Flush m -> w.i64(m.flush());
      case Message.Flushed m -> w.i64(m.flush());
      case Message.Ping m -> w.i64(m.ping()).i64(m.settled()).i64(m.lease());
      case Message.Pong m -> w.i64(m.ping());
      case Message.Compare m -> w.i64(m.id()).i64(m.start()).hash(m.hash()).i32(m.count()).i32(0);
      case Message.Compared m -> w.i64(m.id()).bool(m.same()).zeros(7);
      case Message.Repair m -> w.i64(m.id()).i64(m.start()).i32(m.count()).i32(0);
      case Message.Repaired m -> w.i64(m.id());
      case Message.Recovered m -> w.generations(m.generations());
      case Message.RecoveredAck m -> {}
      case Message.Cut m -> w.cut(m.cut()).backup(m.backup());
      case Message.ChangePage m -> w.i64(m.cutId()).i32(m.page()).i32(0).words(m.words());
      case Message.CutDone m -> w.i64(m.cutId()).bool(m.ok()).zeros(7);
      case Message.DigestPage m ->
          w.i64(m.cutId()).i32(m.page()).bool(m.last()).zeros(3).words(m.words());
      case Message.Digest m -> w.i64(m.cutId()).hash(m.hash());
      case Message.CutVerdict m ->
          w.i64(m.cutId()).hash(m.digest()).backup(m.backup()).u8(Codes.of(m.status())).zeros(7);
      case Message.CutVerdictAck m ->
          w.i64(m.cutId()).u8(Codes.of(m.status())).bool(m.flagOn()).zeros(6);
      case Message.Rest m -> w.i64(m.epoch());
      case Message.Goodbye m -> w.u8(Codes.of(m.why())).zeros(7);
    }
  }

  /**
   * Reads a body.
   *
   * @param payload the payload; not null if the kind has one
   * @return the message; null, or anything at all, if the reader has failed
   */
  static @Nullable Message read(FrameType type, ByteReader r, @Nullable Payload payload) {
    return switch (type) {
      case HELLO -> hello(r);
      case GREET -> greet(r);
      case SUSPECTS -> {
        int page = r.page();
        boolean last = r.bool();
        r.zeros(3);
        yield new Message.Suspects(page, r.words(), last);
      }
      case FOLLOW -> follow(r);
      case FOLLOWING -> new Message.Following(r.stamp());
      case STAMP_DONE -> new Message.StampDone(r.stamp());
      case RESTAMP -> {
        Stamp stamp = r.stamp();
        int mask = r.u8();
        r.zeros(7);
        yield new Message.Restamp(stamp, r.generations(), mask);
      }
      case WRITE -> payload == null ? null : write(r, payload);
      case ZERO -> zero(r);
      case WRITTEN -> new Message.Written(r.i64());
      case FLUSH -> new Message.Flush(r.i64());
      case FLUSHED -> new Message.Flushed(r.i64());
      case PING -> {
        long ping = r.i64();
        long settled = r.i64();
        yield new Message.Ping(ping, settled, r.i64());
      }
      case PONG -> new Message.Pong(r.i64());
      case COMPARE -> compare(r);
      case COMPARED -> {
        long id = r.i64();
        boolean same = r.bool();
        r.zeros(7);
        yield new Message.Compared(id, same);
      }
      case REPAIR -> payload == null ? null : repair(r, payload);
      case REPAIRED -> new Message.Repaired(r.i64());
      case RECOVERED -> new Message.Recovered(r.generations());
      case RECOVERED_ACK -> new Message.RecoveredAck();
      case CUT -> {
        CutRecord cut = r.cut();
        yield new Message.Cut(cut, r.backup());
      }
      case CHANGE_PAGE -> {
        long cutId = r.i64();
        int page = r.page();
        r.zeros(4);
        yield new Message.ChangePage(cutId, page, r.words());
      }
      case CUT_DONE -> {
        long cutId = r.i64();
        boolean ok = r.bool();
        r.zeros(7);
        yield new Message.CutDone(cutId, ok);
      }
      case DIGEST_PAGE -> {
        long cutId = r.i64();
        int page = r.page();
        boolean last = r.bool();
        r.zeros(3);
        yield new Message.DigestPage(cutId, page, r.words(), last);
      }
      case DIGEST -> {
        long cutId = r.i64();
        yield new Message.Digest(cutId, r.hash());
      }
      case CUT_VERDICT -> {
        long cutId = r.i64();
        Hash digest = r.hash();
        BackupRecord backup = r.backup();
        yield new Message.CutVerdict(cutId, status(r), digest, backup);
      }
      case CUT_VERDICT_ACK -> {
        long cutId = r.i64();
        int code = r.u8();
        boolean flagOn = r.bool();
        r.zeros(6);
        CutStatus status = r.named(code, Codes.cutStatus(code), CutStatus.NONE);
        yield new Message.CutVerdictAck(cutId, status, flagOn);
      }
      case REST -> new Message.Rest(r.i64());
      case GOODBYE -> {
        int code = r.u8();
        r.zeros(7);
        yield new Message.Goodbye(r.named(code, Codes.parting(code), Parting.PROTOCOL));
      }
    };
  }

  private static CutStatus status(ByteReader r) {
    int code = r.u8();
    r.zeros(7);
    return r.named(code, Codes.cutStatus(code), CutStatus.NONE);
  }

  /** A count of blocks: at least one. */
  private static int count(ByteReader r) {
    return r.i32(1, Integer.MAX_VALUE);
  }

  private static Message hello(ByteReader r) {
    long nonce = r.i64();
    int version = r.i32();
    r.zeros(4);
    return new Message.Hello(version, nonce);
  }

  private static Message follow(ByteReader r) {
    Stamp stamp = r.stamp();
    int code = r.u8();
    int mask = r.u8();
    r.zeros(6);
    FollowMode mode = r.named(code, Codes.followMode(code), FollowMode.NONE);
    return new Message.Follow(mode, stamp, r.generations(), mask);
  }

  private static Message write(ByteReader r, Payload payload) {
    long write = r.i64();
    long settled = r.i64();
    long start = r.natural();
    int count = count(r);
    boolean fua = r.bool();
    r.zeros(3);
    return new Message.Write(write, settled, start, count, fua, payload);
  }

  private static Message zero(ByteReader r) {
    long write = r.i64();
    long settled = r.i64();
    long start = r.natural();
    int count = count(r);
    boolean fua = r.bool();
    boolean mayUnmap = r.bool();
    r.zeros(2);
    return new Message.Zero(write, settled, start, count, fua, mayUnmap);
  }

  private static Message compare(ByteReader r) {
    long id = r.i64();
    long start = r.natural();
    Hash hash = r.hash();
    int count = count(r);
    r.zeros(4);
    return new Message.Compare(id, start, count, hash);
  }

  private static Message repair(ByteReader r, Payload payload) {
    long id = r.i64();
    long start = r.natural();
    int count = count(r);
    r.zeros(4);
    return new Message.Repair(id, start, count, payload);
  }

  private static void putView(ReplicaView v, ByteWriter w) {
    w.uuid(v.identity().clusterId()).uuid(v.identity().diskId());
    w.u8(v.identity().replica()).u8(Codes.of(v.role())).u8(Codes.of(v.condition()));
    w.u8(
        (v.cacheLost() ? CACHE_LOST : 0)
            | (v.wasActive() ? WAS_ACTIVE : 0)
            | (v.rolledBack() ? ROLLED_BACK : 0)
            | (v.suspects() ? SUSPECTS : 0)
            | (v.forgetful() ? FORGETFUL : 0));
    w.i32(v.zeroGranularity()).geometry(v.geometry());
    w.i64(v.groupId()).i64(v.epoch()).i64(v.bootId());
    w.stamp(v.stamp()).cut(v.cut()).backup(v.backup()).generations(v.generations());
  }

  private static @Nullable Message greet(ByteReader r) {
    final long echo = r.i64();
    final long nonce = r.i64();
    UUID cluster = r.uuid();
    UUID disk = r.uuid();
    final Identity identity = r.identity(cluster, disk, r.u8());
    int roleCode = r.u8();
    final Role role = r.named(roleCode, Codes.role(roleCode), Role.DETACHED);
    int conditionCode = r.u8();
    final Condition condition =
        r.named(conditionCode, Codes.condition(conditionCode), Condition.INCONSISTENT);
    final int flags = r.u8();
    if (flags > (CACHE_LOST | WAS_ACTIVE | ROLLED_BACK | SUSPECTS | FORGETFUL)) {
      r.fail(Flaw.VALUE, flags, 15);
    }
    final int granularity = r.i32(0, Integer.MAX_VALUE);
    final Geometry geometry = r.geometry();
    final long groupId = r.i64();
    final long epoch = r.i64();
    final long bootId = r.i64();
    final Stamp stamp = r.stamp();
    final CutRecord cut = r.cut();
    final BackupRecord backup = r.backup();
    final Generations generations = r.generations();
    if (geometry == null) {
      return null;
    }
    return new Message.Greet(
        echo,
        nonce,
        new ReplicaView(
            identity,
            geometry,
            groupId,
            epoch,
            role,
            generations,
            stamp,
            bootId,
            condition,
            (flags & CACHE_LOST) != 0,
            (flags & WAS_ACTIVE) != 0,
            (flags & FORGETFUL) != 0,
            (flags & ROLLED_BACK) != 0,
            (flags & SUSPECTS) != 0,
            cut,
            backup,
            granularity));
  }
}
