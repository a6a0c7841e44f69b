// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import io.meikyo.core.mirror.SetRecord;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.Stamp;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The deciding record of a mirror disk, in 256 bytes: the same in the journal that keeps it and on
 * the wire between an agent and whoever keeps it.
 *
 * <pre>
 *   0   4  magic "MKSR"
 *   4   2  version of the format, 1
 *   6   1  active replica; 255 none
 *   7   1  in-sync set, bit per replica number
 *   8   8  group id
 *  16   8  version of the record
 *  24   8  epoch
 *  32   8  generation
 *  40   8  id of the proposal that made it
 *  48   8  hold id
 *  56   8  cut id
 *  64   1  cut status: 1 none, 2 unproven, 3 proven, 4 unequal, 5 void
 *  65   7  0
 *  72  16  disk id
 *  88 128  stamp of each replica, 16 each
 * 216  36  0
 * 252   4  CRC32C of the 252 bytes before
 * </pre>
 *
 * Stateless; any thread may call.
 */
public final class SetRecordCodec {
  /** Bytes of a record. */
  public static final int BYTES = 256;

  private static final int MAGIC = Block.magic("MKSR");
  private static final int VERSION = 1;
  private static final int CRC_AT = 252;
  private static final int NO_ACTIVE = 255;

  private SetRecordCodec() {}

  /** Writes the record at the position of {@code out} and moves the position behind it. */
  public static void encode(SetRecord record, UUID diskId, ByteBuffer out) {
    ByteBuffer entry = out.slice(out.position(), BYTES).order(ByteOrder.LITTLE_ENDIAN);
    ByteWriter w = new ByteWriter(entry);
    w.i32(MAGIC).u8(VERSION).u8(0);
    w.u8(record.active() < 0 ? NO_ACTIVE : record.active()).u8(record.inSyncMask());
    w.i64(record.groupId()).i64(record.version()).i64(record.epoch()).i64(record.generation());
    w.i64(record.proposalId()).i64(record.holdId()).i64(record.cutId());
    w.u8(Codes.of(record.cutStatus())).zeros(7).uuid(diskId);
    record.stamps().forEach(w::stamp);
    w.zeros(CRC_AT - entry.position());
    w.i32(Block.crc(entry, 0, CRC_AT));
    out.position(out.position() + BYTES);
  }

  /** Reads the record at the position of {@code in}, which is not moved. */
  public static Decoded<SetRecord> decode(ByteBuffer in, UUID diskId) {
    if (in.remaining() < BYTES) {
      return Decoded.bad(Flaw.SHORT, in.remaining(), BYTES);
    }
    ByteBuffer entry = in.slice(in.position(), BYTES).order(ByteOrder.LITTLE_ENDIAN);
    if (entry.getInt(0) != MAGIC) {
      return Decoded.bad(Flaw.FOREIGN, entry.getInt(0), MAGIC);
    }
    if (entry.getInt(CRC_AT) != Block.crc(entry, 0, CRC_AT)) {
      return Decoded.bad(Flaw.CHECKSUM);
    }
    if (entry.getShort(4) != VERSION) {
      return Decoded.bad(Flaw.NEWER_VERSION, entry.getShort(4), VERSION);
    }
    int activeCode = Byte.toUnsignedInt(entry.get(6));
    int mask = Byte.toUnsignedInt(entry.get(7));
    ByteReader r = new ByteReader(entry.slice(8, CRC_AT - 8));
    final long groupId = r.i64();
    final long version = r.natural();
    final long epoch = r.natural();
    final long generation = r.i64();
    final long proposalId = r.i64();
    final long holdId = r.i64();
    final long cutId = r.i64();
    int statusCode = r.u8();
    CutStatus status = r.named(statusCode, Codes.cutStatus(statusCode), CutStatus.NONE);
    r.zeros(7);
    UUID disk = r.uuid();
    List<Stamp> stamps = new ArrayList<>(Identity.REPLICAS_MAX);
    for (int i = 0; i < Identity.REPLICAS_MAX; i++) {
      stamps.add(r.stamp());
    }
    r.zeros(36);
    r.end();
    if (activeCode != NO_ACTIVE && activeCode >= Identity.REPLICAS_MAX) {
      r.fail(Flaw.VALUE, activeCode, Identity.REPLICAS_MAX - 1);
    }
    if (r.failed()) {
      return r.bad();
    }
    if (!disk.equals(diskId)) {
      return Decoded.bad(Flaw.OTHER_PARTITION);
    }
    return new Decoded.Ok<>(
        new SetRecord(
            groupId,
            version,
            epoch,
            activeCode == NO_ACTIVE ? -1 : activeCode,
            mask,
            generation,
            stamps,
            proposalId,
            holdId,
            cutId,
            status));
  }
}
