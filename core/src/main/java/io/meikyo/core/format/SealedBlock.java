// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * A block of 4096 bytes in which every sector of 512 bytes is sealed by itself: superblocks and log
 * transactions.
 *
 * <pre>
 *   0  504  contents (4032 bytes over the eight sectors, beginning with the header of Block)
 * 504    4  lower 32 bits of the sequence
 * 508    4  CRC32C of the 508 bytes before, exclusive-or the mark of the partition folded to
 *           32 bits, exclusive-or the number of the sector times 0x9E3779B9
 * </pre>
 *
 * The header's own CRC32C covers the 4032 bytes of contents in their order. Sectors are sealed
 * because of one question: when the block that should hold the newest state is not whole, was its
 * last write cut off by a power loss (then nothing followed from it, and its predecessor is the
 * truth), or was it complete and damaged later (then the truth is lost)? A sector that still
 * carries an older sequence proves the former.
 */
final class SealedBlock {
  static final int SECTORS = 8;
  static final int SECTOR_BYTES = Block.BYTES / SECTORS;
  static final int CONTENT_BYTES = SECTOR_BYTES - 8;

  /** Bytes of contents in the whole block. */
  static final int CONTENTS_BYTES = SECTORS * CONTENT_BYTES;

  private static final int SEQUENCE_AT = CONTENT_BYTES;
  private static final int SEAL_AT = CONTENT_BYTES + 4;

  private SealedBlock() {}

  /**
   * Spreads the contents that stand in the first {@link #CONTENTS_BYTES} of {@code block} over its
   * sectors and seals them.
   *
   * @param block a view of the block, index 0 being its first byte
   */
  static void seal(ByteBuffer block, long tag, long sequence) {
    block.putInt(Block.CRC_AT, 0);
    block.putInt(Block.CRC_AT, Block.crc(block, 0, CONTENTS_BYTES));
    for (int i = SECTORS - 1; i > 0; i--) {
      block.put(i * SECTOR_BYTES, block, i * CONTENT_BYTES, CONTENT_BYTES);
    }
    for (int i = 0; i < SECTORS; i++) {
      block.putInt(i * SECTOR_BYTES + SEQUENCE_AT, (int) sequence);
      block.putInt(i * SECTOR_BYTES + SEAL_AT, sealOf(block, i, tag));
    }
  }

  private static int sealOf(ByteBuffer block, int sector, long tag) {
    int crc = Block.crc(block, sector * SECTOR_BYTES, SEAL_AT);
    return crc ^ (int) (tag ^ (tag >>> 32)) ^ (sector * 0x9E3779B9);
  }

  private static boolean sealed(ByteBuffer block, int sector, long tag) {
    return block.getInt(sector * SECTOR_BYTES + SEAL_AT) == sealOf(block, sector, tag);
  }

  private static int sequenceAt(ByteBuffer block, int sector) {
    return block.getInt(sector * SECTOR_BYTES + SEQUENCE_AT);
  }

  private static boolean contentsHold(ByteBuffer block) {
    CRC32C crc = new CRC32C();
    Block.updateWithoutField(crc, block, 0, CONTENT_BYTES);
    for (int i = 1; i < SECTORS; i++) {
      Block.update(crc, block, i * SECTOR_BYTES, CONTENT_BYTES);
    }
    return (int) crc.getValue() == block.getInt(Block.CRC_AT);
  }

  /**
   * What is wrong with a block, by its seals and checksum alone; null if it is whole. Its mark is
   * taken from its own header.
   */
  static @org.jspecify.annotations.Nullable Flaw flawOf(ByteBuffer block) {
    long tag = Block.tagOf(block, 0);
    int whole = 0;
    boolean oneSequence = true;
    int sequence = (int) Block.sequenceOf(block, 0);
    for (int i = 0; i < SECTORS; i++) {
      if (sealed(block, i, tag)) {
        whole++;
        oneSequence &= sequenceAt(block, i) == sequence;
      }
    }
    if (whole == SECTORS && oneSequence && contentsHold(block)) {
      return null;
    }
    if (whole == SECTORS) {
      return Flaw.TORN;
    }
    return whole == 0 && !Block.isOurs(Block.magicOf(block, 0)) ? Flaw.FOREIGN : Flaw.CHECKSUM;
  }

  /**
   * True if this block, which is not whole, shows that the write of {@code sequence} to it never
   * ended: a sector still carries something older, or all sectors are sealed and yet do not fit
   * each other. False if the write may have ended.
   *
   * @param zerosAreOlder this place was never written before {@code sequence}, so that zeros are
   *     what stood there
   */
  static boolean neverCompleted(ByteBuffer block, long tag, long sequence, boolean zerosAreOlder) {
    int newer = 0;
    for (int i = 0; i < SECTORS; i++) {
      if (sealed(block, i, tag)) {
        if (sequenceAt(block, i) != (int) sequence) {
          return true;
        }
        newer++;
      } else if (zerosAreOlder && Block.isZero(block, i * SECTOR_BYTES, SECTOR_BYTES)) {
        return true;
      }
    }
    return newer == SECTORS && !contentsHold(block);
  }

  /** True if a sector is sealed with this sequence. */
  static boolean hasSector(ByteBuffer block, long tag, long sequence) {
    for (int i = 0; i < SECTORS; i++) {
      if (sealed(block, i, tag) && sequenceAt(block, i) == (int) sequence) {
        return true;
      }
    }
    return false;
  }

  /** Copies the contents of a whole block together. */
  static ByteBuffer contents(ByteBuffer block) {
    ByteBuffer out = ByteBuffer.allocate(CONTENTS_BYTES).order(block.order());
    for (int i = 0; i < SECTORS; i++) {
      out.put(i * CONTENT_BYTES, block, i * SECTOR_BYTES, CONTENT_BYTES);
    }
    return out;
  }
}
