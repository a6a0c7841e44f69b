// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The 32 bytes with which every block of a cluster partition begins, in every version.
 *
 * <pre>
 *  0  4  magic: four letters
 *  4  2  version
 *  6  1  number of the map (map pages), else 0
 *  7  1  0
 *  8  4  CRC32C of the block, this field counted as zero (sealed blocks: see SealedBlock)
 * 12  4  superblock: bytes used; log: extents; map page: page; configuration: bytes
 * 16  8  mark of the partition (PartitionKey.tag)
 * 24  8  sequence (map pages: 0)
 * </pre>
 */
final class Block {
  static final int BYTES = PartitionLayout.BLOCK_BYTES;
  static final int HEADER_BYTES = 32;

  static final int MAGIC_SUPERBLOCK = magic("MKSB");
  static final int MAGIC_LOG = magic("MKLG");
  static final int MAGIC_MAP = magic("MKMP");
  static final int MAGIC_CONFIG = magic("MKCF");

  private static final int VERSION_AT = 4;
  private static final int MAP_AT = 6;
  static final int CRC_AT = 8;
  private static final int NUMBER_AT = 12;
  private static final int TAG_AT = 16;
  private static final int SEQUENCE_AT = 24;

  private Block() {}

  /** Four letters as they stand in a hex dump. */
  static int magic(String letters) {
    return letters.charAt(0)
        | (letters.charAt(1) << 8)
        | (letters.charAt(2) << 16)
        | (letters.charAt(3) << 24);
  }

  static boolean isOurs(int magic) {
    return magic == MAGIC_SUPERBLOCK
        || magic == MAGIC_LOG
        || magic == MAGIC_MAP
        || magic == MAGIC_CONFIG;
  }

  /** Writes the header at {@code at}; the checksum follows when the block is complete. */
  static void putHeader(
      ByteBuffer out, int at, int magic, int map, int number, long tag, long sequence) {
    out.putInt(at, magic);
    out.putShort(at + VERSION_AT, (short) FormatVersion.CURRENT);
    out.put(at + MAP_AT, (byte) map);
    out.put(at + MAP_AT + 1, (byte) 0);
    out.putInt(at + CRC_AT, 0);
    out.putInt(at + NUMBER_AT, number);
    out.putLong(at + TAG_AT, tag);
    out.putLong(at + SEQUENCE_AT, sequence);
  }

  static int magicOf(ByteBuffer in, int at) {
    return in.getInt(at);
  }

  static int versionOf(ByteBuffer in, int at) {
    return Short.toUnsignedInt(in.getShort(at + VERSION_AT));
  }

  static int mapOf(ByteBuffer in, int at) {
    return Byte.toUnsignedInt(in.get(at + MAP_AT));
  }

  static int numberOf(ByteBuffer in, int at) {
    return in.getInt(at + NUMBER_AT);
  }

  static long tagOf(ByteBuffer in, int at) {
    return in.getLong(at + TAG_AT);
  }

  static long sequenceOf(ByteBuffer in, int at) {
    return in.getLong(at + SEQUENCE_AT);
  }

  /** A view of the next 4096 bytes at index 0, little-endian; there must be as many. */
  static ByteBuffer view(ByteBuffer in) {
    return in.slice(in.position(), BYTES).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** CRC32C of a range; position and limit of {@code bytes} are left as they were. */
  static int crc(ByteBuffer bytes, int from, int length) {
    CRC32C crc = new CRC32C();
    update(crc, bytes, from, length);
    return (int) crc.getValue();
  }

  /** CRC32C of a range in which the header's own field counts as zero. */
  static int crcWithoutField(ByteBuffer bytes, int from, int length) {
    CRC32C crc = new CRC32C();
    updateWithoutField(crc, bytes, from, length);
    return (int) crc.getValue();
  }

  static void updateWithoutField(CRC32C crc, ByteBuffer bytes, int from, int length) {
    update(crc, bytes, from, CRC_AT);
    for (int i = 0; i < Integer.BYTES; i++) {
      crc.update(0);
    }
    update(crc, bytes, from + CRC_AT + Integer.BYTES, length - CRC_AT - Integer.BYTES);
  }

  static void update(CRC32C crc, ByteBuffer bytes, int from, int length) {
    if (bytes.hasArray()) {
      crc.update(bytes.array(), bytes.arrayOffset() + from, length);
      return;
    }
    int position = bytes.position();
    int limit = bytes.limit();
    bytes.limit(from + length).position(from);
    crc.update(bytes);
    bytes.limit(limit).position(position);
  }

  static boolean isZero(ByteBuffer bytes, int from, int length) {
    int i = from;
    int end = from + length;
    for (; i + Long.BYTES <= end; i += Long.BYTES) {
      if (bytes.getLong(i) != 0) {
        return false;
      }
    }
    for (; i < end; i++) {
      if (bytes.get(i) != 0) {
        return false;
      }
    }
    return true;
  }

  static void zero(ByteBuffer out, int from, int length) {
    int i = from;
    int end = from + length;
    for (; i + Long.BYTES <= end; i += Long.BYTES) {
      out.putLong(i, 0);
    }
    for (; i < end; i++) {
      out.put(i, (byte) 0);
    }
  }
}
