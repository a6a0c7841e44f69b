// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import io.meikyo.core.format.BlockSource;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Recognises what others keep on a disk, by the marks that their formats begin (or end) with. */
final class Signatures {

  /** A mark: these bytes at this offset. */
  private record Mark(String name, int offset, byte[] bytes) {}

  private static Mark text(String name, int offset, String bytes) {
    return new Mark(name, offset, bytes.getBytes(StandardCharsets.US_ASCII));
  }

  private static Mark hex(String name, int offset, String bytes) {
    return new Mark(name, offset, HexFormat.of().parseHex(bytes));
  }

  /** Marks within the first 128 KiB, the more telling first. */
  private static final List<Mark> MARKS =
      List.of(
          hex("LUKS", 0, "4c554b53babe"),
          text("XFS", 0, "XFSB"),
          text("btrfs", 0x10040, "_BHRfS_M"),
          hex("ext2, ext3 or ext4", 0x438, "53ef"),
          hex("f2fs", 0x400, "1020f5f2"),
          text("swap", 4086, "SWAPSPACE2"),
          text("swap", 4086, "SWAP-SPACE"),
          text("swap (64 KiB pages)", 65526, "SWAPSPACE2"),
          text("LVM2", 0, "LABELONE"),
          text("LVM2", 512, "LABELONE"),
          text("LVM2", 1024, "LABELONE"),
          text("LVM2", 1536, "LABELONE"),
          hex("Linux software RAID", 0, "fc4e2ba9"),
          hex("Linux software RAID", 4096, "fc4e2ba9"),
          text("NTFS", 3, "NTFS    "),
          hex("bcache", 4120, "c68573f64e1a45ca"),
          text("ISO 9660", 0x8001, "CD001"),
          text("GPT partition table", 512, "EFI PART"),
          text("GPT partition table", 4096, "EFI PART"),
          hex("DRBD", 60, "8374026b"),
          hex("DRBD", 60, "8374026c"),
          hex("DRBD", 60, "8374026d"),
          hex("MBR partition table or FAT", 510, "55aa"));

  private static final int HEAD_BYTES = 128 << 10;

  /** DRBD with internal metadata and old software RAID stand at the end. */
  private static final int TAIL_BYTES = 64 << 10;

  private Signatures() {}

  /** Name of what is there; null if nothing is recognised. */
  static @Nullable String find(BlockSource source, long size) {
    int head = (int) Math.min(HEAD_BYTES, size / 4096 * 4096);
    ByteBuffer start = head == 0 ? null : source.read(0, head);
    if (start != null) {
      for (Mark mark : MARKS) {
        if (matches(start, mark.offset, mark.bytes)) {
          return mark.name;
        }
      }
    }
    return size < TAIL_BYTES ? null : atEnd(source, size);
  }

  private static @Nullable String atEnd(BlockSource source, long size) {
    long end = size / 4096 * 4096;
    ByteBuffer last = source.read(end - 4096, 4096);
    if (last != null) {
      last.order(ByteOrder.BIG_ENDIAN);
      int magic = last.getInt(60);
      if (magic == 0x8374026b || magic == 0x8374026c || magic == 0x8374026d) {
        return "DRBD";
      }
      if (matches(last, 4096 - 512, "EFI PART".getBytes(StandardCharsets.US_ASCII))) {
        return "GPT partition table (backup)";
      }
    }
    long raid = (size / TAIL_BYTES - 1) * TAIL_BYTES;
    ByteBuffer old = source.read(raid, 4096);
    if (old != null && matches(old, 0, new byte[] {(byte) 0xfc, 0x4e, 0x2b, (byte) 0xa9})) {
      return "Linux software RAID";
    }
    return null;
  }

  private static boolean matches(ByteBuffer in, int offset, byte[] bytes) {
    if (in.limit() < offset + bytes.length) {
      return false;
    }
    for (int i = 0; i < bytes.length; i++) {
      if (in.get(offset + i) != bytes[i]) {
        return false;
      }
    }
    return true;
  }

  /** True if the first 64 KiB and the block at 1 MiB are zeros. */
  static boolean looksEmpty(BlockSource source, long size) {
    return isZero(source.read(0, (int) Math.min(64 << 10, size / 4096 * 4096)))
        && (size < (1 << 20) + 4096 || isZero(source.read(1 << 20, 4096)));
  }

  private static boolean isZero(@Nullable ByteBuffer in) {
    if (in == null) {
      return false;
    }
    for (int i = in.position(); i < in.limit(); i++) {
      if (in.get(i) != 0) {
        return false;
      }
    }
    return true;
  }
}
