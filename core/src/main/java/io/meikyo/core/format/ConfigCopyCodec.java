// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import io.meikyo.core.base.Invariant;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * A copy of the configuration: a header block, then the configuration itself.
 *
 * <pre>
 *    0  32  header: "MKCF", version, bytes of the configuration, mark, sequence
 *   32  16  cluster id
 *   48   8  group id
 *   56   8  epoch
 *   64   8  version of the configuration
 *   72   4  CRC32C of the configuration
 *   76   1  in-sync set, bit per replica
 *   77      0 up to 4096
 * 4096   n  the configuration; 0 up to the end of its last block
 * </pre>
 *
 * Written alternately to two places; the whole one with the higher sequence counts. The
 * configuration is written and made durable before the header block, so that a header never speaks
 * of bytes that are not there. Stateless; any thread may call.
 */
public final class ConfigCopyCodec {
  private static final int CRC_AT = 72;

  private ConfigCopyCodec() {}

  /** Bytes that a copy takes: whole blocks. */
  public static int bytes(ConfigCopy copy) {
    int length = copy.configuration().length;
    Invariant.check(
        length <= ConfigCopy.CONFIGURATION_MAX, "a configuration fits its place", length);
    return Block.BYTES + (length + Block.BYTES - 1) / Block.BYTES * Block.BYTES;
  }

  /**
   * Writes header block and configuration at the position of {@code out}, {@link #bytes} in all,
   * and moves the position behind them. Their place is {@link PartitionLayout#configOffset}.
   */
  public static void encode(ConfigCopy copy, PartitionKey key, ByteBuffer out) {
    int bytes = bytes(copy);
    Invariant.check(copy.sequence() > 0, "a copy's sequence is positive", copy.sequence());
    ByteBuffer all = out.slice(out.position(), bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    byte[] configuration = copy.configuration();
    Block.zero(all, 0, bytes);
    all.put(Block.BYTES, configuration);
    Block.putHeader(
        all, 0, Block.MAGIC_CONFIG, 0, configuration.length, key.tag(), copy.sequence());
    all.position(Block.HEADER_BYTES);
    new ByteWriter(all)
        .uuid(copy.clusterId())
        .i64(copy.groupId())
        .i64(copy.epoch())
        .i64(copy.version())
        .i32(Block.crc(all, Block.BYTES, configuration.length))
        .u8(copy.inSyncMask());
    all.putInt(Block.CRC_AT, Block.crc(all, 0, Block.BYTES));
    out.position(out.position() + bytes);
  }

  /** Whole blocks of the copy whose header block stands here, in bytes; one block if in doubt. */
  static int bytesOf(ByteBuffer in) {
    ByteBuffer block = Block.view(in);
    int length = Block.numberOf(block, 0);
    return Block.magicOf(block, 0) == Block.MAGIC_CONFIG
            && length > 0
            && length <= ConfigCopy.CONFIGURATION_MAX
        ? Block.BYTES + (length + Block.BYTES - 1) / Block.BYTES * Block.BYTES
        : Block.BYTES;
  }

  /** Reads the copy at the position of {@code in}, which is not moved. */
  public static Decoded<ConfigCopy> decode(ByteBuffer in, PartitionKey key) {
    if (in.remaining() < Block.BYTES) {
      return Decoded.bad(Flaw.SHORT, in.remaining(), Block.BYTES);
    }
    ByteBuffer block = Block.view(in);
    if (Block.isZero(block, 0, Block.BYTES)) {
      return new Decoded.Empty<>();
    }
    int magic = Block.magicOf(block, 0);
    if (!Block.isOurs(magic)) {
      return Decoded.bad(Flaw.FOREIGN, magic, Block.MAGIC_CONFIG);
    }
    if (block.getInt(Block.CRC_AT) != Block.crcWithoutField(block, 0, Block.BYTES)) {
      return Decoded.bad(Flaw.CHECKSUM);
    }
    if (magic != Block.MAGIC_CONFIG) {
      return Decoded.bad(Flaw.OTHER_KIND, magic, Block.MAGIC_CONFIG);
    }
    int version = Block.versionOf(block, 0);
    if (version != FormatVersion.CURRENT) {
      return Decoded.bad(Flaw.NEWER_VERSION, version, FormatVersion.CURRENT);
    }
    if (Block.tagOf(block, 0) != key.tag()) {
      return Decoded.bad(Flaw.OTHER_PARTITION, Block.tagOf(block, 0), key.tag());
    }
    return readV1(in, block);
  }

  private static Decoded<ConfigCopy> readV1(ByteBuffer in, ByteBuffer block) {
    int length = Block.numberOf(block, 0);
    if (length < 0 || length > ConfigCopy.CONFIGURATION_MAX) {
      return Decoded.bad(Flaw.LENGTH, length, ConfigCopy.CONFIGURATION_MAX);
    }
    if (in.remaining() - Block.BYTES < length) {
      return Decoded.bad(Flaw.SHORT, in.remaining(), (long) Block.BYTES + length);
    }
    byte[] configuration = new byte[length];
    in.get(in.position() + Block.BYTES, configuration);
    if (block.getInt(CRC_AT) != Block.crc(ByteBuffer.wrap(configuration), 0, length)) {
      return Decoded.bad(Flaw.TORN);
    }
    ByteReader r =
        new ByteReader(block.slice(Block.HEADER_BYTES, Block.BYTES - Block.HEADER_BYTES));
    UUID cluster = r.uuid();
    long groupId = r.i64();
    long epoch = r.i64();
    long configVersion = r.i64();
    r.i32();
    int inSyncMask = r.u8();
    return new Decoded.Ok<>(
        new ConfigCopy(
            Block.sequenceOf(block, 0),
            cluster,
            groupId,
            epoch,
            inSyncMask,
            configVersion,
            configuration));
  }
}
