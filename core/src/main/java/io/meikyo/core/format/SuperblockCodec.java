// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import io.meikyo.core.base.Invariant;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.PeerSlot;
import io.meikyo.core.partition.Stamp;
import io.meikyo.core.partition.Superblock;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The superblock: one sealed block (see {@code SealedBlock}).
 *
 * <pre>
 *   0   32  header: "MKSB", version, bytes used, mark, sequence
 *  32   16  cluster id
 *  48   16  disk id
 *  64    1  replica
 *  65    1  replicas that have a dirty map here, bit per number
 *  66    1  condition: 1 blank, 2 consistent, 3 inconsistent, 4 restored, 5 failed
 *  67    1  flags: 1 was active, 2 clean, 4 change map partial
 *  68    1  in-sync set, bit per replica number
 *  69    1  active replica; 255 none
 *  70    2  0
 *  72    8  life
 *  80   32  geometry
 * 112    4  slots of the activity log
 * 116    4  0
 * 120    8  group id
 * 128    8  epoch
 * 136    8  boot id
 * 144   16  stamp
 * 160   16  stamp pending
 * 176  384  eight peer slots of 48: base 16, next base 16, proven at 8,
 *           flags 1 (1 tracked, 2 base proven), 0 for 7
 * 560   80  cut record
 * 640   32  backup record
 * 672   16  number of ancestors 4, 0 for 4, current generation 8
 * 688  8 n  ancestors, newest first, at most 128
 *   …       0
 * </pre>
 *
 * The offsets count the contents; in the block every sector's last 8 bytes are its seal. Stateless;
 * any thread may call.
 */
public final class SuperblockCodec {
  private static final int WAS_ACTIVE = 1;
  private static final int CLEAN = 2;
  private static final int CHANGE_MAP_PARTIAL = 4;
  private static final int TRACKED = 1;
  private static final int BASE_PROVEN = 2;
  private static final int NO_ACTIVE = 255;

  private SuperblockCodec() {}

  /**
   * Writes the block at the position of {@code out} and moves the position behind it. Its place on
   * the partition is {@link PartitionLayout#superblockOffset}.
   */
  public static void encode(WrittenSuperblock written, ByteBuffer out) {
    ByteBuffer block = Block.view(out);
    Superblock s = written.superblock();
    Invariant.check(s.sequence() > 0, "a superblock's sequence is positive", s.sequence());
    Invariant.check((s.inSyncMask() & ~0xff) == 0, "a set has 8 bits", s.inSyncMask());
    Invariant.check(
        s.activeReplica() >= -1 && s.activeReplica() < Identity.REPLICAS_MAX,
        "an active replica has a number or is -1",
        s.activeReplica());
    long tag = PartitionKey.tagOf(s.identity(), written.life());
    block.position(Block.HEADER_BYTES);
    putBody(new ByteWriter(block), written);
    int used = block.position();
    Block.zero(block, used, Block.BYTES - used);
    block.clear();
    Block.putHeader(block, 0, Block.MAGIC_SUPERBLOCK, 0, used, tag, s.sequence());
    SealedBlock.seal(block, tag, s.sequence());
    out.position(out.position() + Block.BYTES);
  }

  private static void putBody(ByteWriter w, WrittenSuperblock written) {
    Superblock s = written.superblock();
    w.uuid(s.identity().clusterId()).uuid(s.identity().diskId());
    w.u8(s.identity().replica()).u8(written.layout().replicasMask()).u8(Codes.of(s.condition()));
    w.u8(
        (s.wasActive() ? WAS_ACTIVE : 0)
            | (s.clean() ? CLEAN : 0)
            | (s.changeMapPartial() ? CHANGE_MAP_PARTIAL : 0));
    w.u8(s.inSyncMask()).u8(s.activeReplica() < 0 ? NO_ACTIVE : s.activeReplica()).zeros(2);
    w.i64(written.life()).geometry(s.geometry()).i32(written.layout().logSlots()).i32(0);
    w.i64(s.groupId()).i64(s.epoch()).i64(s.bootId());
    w.stamp(s.stamp()).stamp(s.stampPending());
    for (int i = 0; i < Identity.REPLICAS_MAX; i++) {
      PeerSlot p = s.peers().get(i);
      w.stamp(p.base()).stamp(p.baseNext()).i64(p.provenAtMillis());
      w.u8((p.tracked() ? TRACKED : 0) | (p.baseProven() ? BASE_PROVEN : 0)).zeros(7);
    }
    w.cut(s.cut()).backup(s.backup()).generations(s.generations());
  }

  /** Reads the block at the position of {@code in}, which is not moved. */
  public static Decoded<WrittenSuperblock> decode(ByteBuffer in) {
    if (in.remaining() < Block.BYTES) {
      return Decoded.bad(Flaw.SHORT, in.remaining(), Block.BYTES);
    }
    ByteBuffer block = Block.view(in);
    if (Block.isZero(block, 0, Block.BYTES)) {
      return new Decoded.Empty<>();
    }
    Flaw flaw = SealedBlock.flawOf(block);
    if (flaw != null) {
      return Decoded.bad(flaw);
    }
    if (Block.magicOf(block, 0) != Block.MAGIC_SUPERBLOCK) {
      return Decoded.bad(Flaw.OTHER_KIND, Block.magicOf(block, 0), Block.MAGIC_SUPERBLOCK);
    }
    int version = Block.versionOf(block, 0);
    return switch (version) {
      case 1 -> readV1(SealedBlock.contents(block));
      case 0 -> Decoded.bad(Flaw.VALUE, 0, FormatVersion.CURRENT);
      default -> Decoded.bad(Flaw.NEWER_VERSION, version, FormatVersion.CURRENT);
    };
  }

  private static Decoded<WrittenSuperblock> readV1(ByteBuffer contents) {
    contents.order(ByteOrder.LITTLE_ENDIAN);
    final int used = Block.numberOf(contents, 0);
    final long tag = Block.tagOf(contents, 0);
    final long sequence = Block.sequenceOf(contents, 0);
    if (used < Block.HEADER_BYTES || used > SealedBlock.CONTENTS_BYTES) {
      return Decoded.bad(Flaw.LENGTH, used, SealedBlock.CONTENTS_BYTES);
    }
    if (sequence <= 0) {
      return Decoded.bad(Flaw.VALUE, sequence, 1);
    }
    ByteReader r = new ByteReader(contents.slice(Block.HEADER_BYTES, used - Block.HEADER_BYTES));
    UUID cluster = r.uuid();
    UUID disk = r.uuid();
    final Identity identity = r.identity(cluster, disk, r.u8());
    final int replicasMask = r.u8();
    int conditionCode = r.u8();
    Condition condition =
        r.named(conditionCode, Codes.condition(conditionCode), Condition.INCONSISTENT);
    final int flags = flags(r, WAS_ACTIVE | CLEAN | CHANGE_MAP_PARTIAL);
    final int inSyncMask = r.u8();
    int activeCode = r.u8();
    if (activeCode != NO_ACTIVE && activeCode >= Identity.REPLICAS_MAX) {
      r.fail(Flaw.VALUE, activeCode, Identity.REPLICAS_MAX - 1);
    }
    r.zeros(2);
    long life = r.i64();
    Geometry geometry = r.geometry();
    int logSlots = r.i32(2, PartitionLayout.LOG_SLOTS_MAX);
    r.zeros(4);
    final long groupId = r.i64();
    final long epoch = r.i64();
    final long bootId = r.i64();
    final Stamp stamp = r.stamp();
    final Stamp pending = r.stamp();
    List<PeerSlot> peers = new ArrayList<>(Identity.REPLICAS_MAX);
    for (int i = 0; i < Identity.REPLICAS_MAX; i++) {
      peers.add(peer(r));
    }
    final var cut = r.cut();
    final var backup = r.backup();
    final var generations = r.generations();
    r.end();
    if (replicasMask == 0) {
      r.fail(Flaw.VALUE, 0, 1);
    }
    if (r.failed() || geometry == null) {
      return r.bad();
    }
    if (PartitionKey.tagOf(identity, life) != tag) {
      return Decoded.bad(Flaw.OTHER_PARTITION, tag, PartitionKey.tagOf(identity, life));
    }
    Superblock superblock =
        new Superblock(
            sequence,
            identity,
            geometry,
            groupId,
            epoch,
            inSyncMask,
            activeCode == NO_ACTIVE ? -1 : activeCode,
            generations,
            condition,
            (flags & WAS_ACTIVE) != 0,
            (flags & CLEAN) != 0,
            bootId,
            stamp,
            pending,
            peers,
            cut,
            backup,
            (flags & CHANGE_MAP_PARTIAL) != 0);
    return new Decoded.Ok<>(
        new WrittenSuperblock(
            superblock, life, new PartitionLayout(geometry, replicasMask, logSlots)));
  }

  private static PeerSlot peer(ByteReader r) {
    Stamp base = r.stamp();
    Stamp next = r.stamp();
    long provenAt = r.i64();
    int flags = flags(r, TRACKED | BASE_PROVEN);
    r.zeros(7);
    return new PeerSlot(base, next, (flags & TRACKED) != 0, (flags & BASE_PROVEN) != 0, provenAt);
  }

  private static int flags(ByteReader r, int known) {
    int flags = r.u8();
    if ((flags & ~known) != 0) {
      r.fail(Flaw.VALUE, flags, known);
    }
    return flags;
  }
}
