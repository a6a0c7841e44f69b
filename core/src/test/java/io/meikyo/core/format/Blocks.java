// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import io.meikyo.core.partition.LogTransaction;
import io.meikyo.core.partition.MapPage;
import java.nio.ByteBuffer;

/** Values as blocks, for tests. */
final class Blocks {
  private Blocks() {}

  static byte[] of(WrittenSuperblock s) {
    ByteBuffer out = ByteBuffer.allocate(Samples.BLOCK);
    SuperblockCodec.encode(s, out);
    return out.array();
  }

  static byte[] of(LogTransaction t, PartitionKey key) {
    ByteBuffer out = ByteBuffer.allocate(Samples.BLOCK);
    LogCodec.encode(t, key, out);
    return out.array();
  }

  static byte[] of(MapPage p, PartitionKey key) {
    ByteBuffer out = ByteBuffer.allocate(Samples.BLOCK);
    MapPageCodec.encode(p, key, out);
    return out.array();
  }

  static byte[] of(ConfigCopy c, PartitionKey key) {
    ByteBuffer out = ByteBuffer.allocate(ConfigCopyCodec.bytes(c));
    ConfigCopyCodec.encode(c, key, out);
    return out.array();
  }

  /** The first sectors of one write over what stood there. */
  static byte[] torn(byte[] before, byte[] after, int sectors) {
    byte[] mix = before.clone();
    System.arraycopy(after, 0, mix, 0, sectors * SealedBlock.SECTOR_BYTES);
    return mix;
  }

  static byte[] flipped(byte[] block, int bit) {
    byte[] b = block.clone();
    b[bit >> 3] ^= (byte) (1 << (bit & 7));
    return b;
  }
}
