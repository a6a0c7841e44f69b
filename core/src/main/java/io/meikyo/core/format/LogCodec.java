// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import io.meikyo.core.base.Invariant;
import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.LogTransaction;
import java.nio.ByteBuffer;

/**
 * One transaction of the activity log: one sealed block (see {@code SealedBlock}).
 *
 * <pre>
 *  0   32  header: "MKLG", version, number of extents, mark, sequence
 * 32  4 n  numbers of the hot extents, at most 1000, in any order
 *  …       0
 * </pre>
 *
 * The offsets count the contents; in the block every sector's last 8 bytes are its seal. Encoding
 * allocates nothing that outlives the call. Stateless; any thread may call.
 */
public final class LogCodec {
  private static final int FIRST_SECTOR =
      (SealedBlock.CONTENT_BYTES - Block.HEADER_BYTES) / Integer.BYTES;
  private static final int SECTOR = SealedBlock.CONTENT_BYTES / Integer.BYTES;

  static {
    Invariant.check(
        FIRST_SECTOR + (SealedBlock.SECTORS - 1) * SECTOR == Geometry.LOG_EXTENTS_MAX,
        "a transaction fills its block exactly");
  }

  private LogCodec() {}

  /**
   * Writes the block at the position of {@code out} and moves the position behind it. Its slot in
   * the ring is {@link PartitionLayout#logSlot}.
   */
  public static void encode(LogTransaction transaction, PartitionKey key, ByteBuffer out) {
    int[] extents = transaction.extents();
    Invariant.check(
        extents.length <= Geometry.LOG_EXTENTS_MAX, "a transaction fits its block", extents.length);
    Invariant.check(
        transaction.sequence() >= 0,
        "a transaction's sequence is not negative",
        transaction.sequence());
    ByteBuffer block = Block.view(out);
    long tag = key.tag();
    Block.putHeader(block, 0, Block.MAGIC_LOG, 0, extents.length, tag, transaction.sequence());
    int at = Block.HEADER_BYTES;
    for (int extent : extents) {
      block.putInt(at, extent);
      at += Integer.BYTES;
    }
    Block.zero(block, at, Block.BYTES - at);
    SealedBlock.seal(block, tag, transaction.sequence());
    out.position(out.position() + Block.BYTES);
  }

  /**
   * Reads the block at the position of {@code in}, which is not moved.
   *
   * @param slot slot of the ring that it was read from
   */
  public static Decoded<LogTransaction> decode(
      ByteBuffer in, PartitionKey key, PartitionLayout layout, int slot) {
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
    if (Block.magicOf(block, 0) != Block.MAGIC_LOG) {
      return Decoded.bad(Flaw.OTHER_KIND, Block.magicOf(block, 0), Block.MAGIC_LOG);
    }
    if (Block.versionOf(block, 0) != FormatVersion.CURRENT) {
      return Decoded.bad(Flaw.NEWER_VERSION, Block.versionOf(block, 0), FormatVersion.CURRENT);
    }
    if (Block.tagOf(block, 0) != key.tag()) {
      return Decoded.bad(Flaw.OTHER_PARTITION, Block.tagOf(block, 0), key.tag());
    }
    return readV1(block, layout, slot);
  }

  private static Decoded<LogTransaction> readV1(
      ByteBuffer block, PartitionLayout layout, int slot) {
    int count = Block.numberOf(block, 0);
    long sequence = Block.sequenceOf(block, 0);
    if (count < 0 || count > Geometry.LOG_EXTENTS_MAX) {
      return Decoded.bad(Flaw.LENGTH, count, Geometry.LOG_EXTENTS_MAX);
    }
    if (sequence < 0) {
      return Decoded.bad(Flaw.VALUE, sequence, 0);
    }
    if (layout.logSlot(sequence) != slot) {
      return Decoded.bad(Flaw.MISPLACED, layout.logSlot(sequence), slot);
    }
    int[] extents = new int[count];
    int all = layout.geometry().extents();
    int at = Block.HEADER_BYTES;
    int leftInSector = FIRST_SECTOR;
    for (int i = 0; i < count; i++) {
      if (leftInSector == 0) {
        at += SealedBlock.SECTOR_BYTES - SealedBlock.CONTENT_BYTES;
        leftInSector = SECTOR;
      }
      int extent = block.getInt(at);
      if (extent < 0 || extent >= all) {
        return Decoded.bad(Flaw.VALUE, extent, all - 1L);
      }
      extents[i] = extent;
      at += Integer.BYTES;
      leftInSector--;
    }
    return new Decoded.Ok<>(new LogTransaction(sequence, extents));
  }
}
