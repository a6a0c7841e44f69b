// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import io.meikyo.core.base.Invariant;
import io.meikyo.core.partition.MapPage;
import java.nio.ByteBuffer;

/**
 * One page of a map: one block.
 *
 * <pre>
 *  0    32  header: "MKMP", version, map, page, mark
 * 32  4064  bits, one per chunk: words of 64 bits, lowest chunk in bit 0 of word 0;
 *           0 behind the page's last word
 * </pre>
 *
 * A page of zeros throughout is not an empty page but a lost one: a new partition's pages are
 * written with their headers. A page that is not whole counts as all ones, so it needs no seals of
 * its sectors. Encoding allocates nothing that outlives the call. Stateless; any thread may call.
 */
public final class MapPageCodec {
  private MapPageCodec() {}

  /**
   * Writes the block at the position of {@code out} and moves the position behind it. Its place on
   * the partition is {@link PartitionLayout#pageOffset}.
   */
  public static void encode(MapPage page, PartitionKey key, ByteBuffer out) {
    encode(page.map(), page.page(), page.words(), 0, page.words().length, key, out);
  }

  /** The same from a part of a map's words. */
  public static void encode(
      int map, int page, long[] words, int from, int count, PartitionKey key, ByteBuffer out) {
    Invariant.check(count <= ByteReader.WORDS_MAX, "a map page fits its block", count);
    ByteBuffer block = Block.view(out);
    Block.putHeader(block, 0, Block.MAGIC_MAP, map, page, key.tag(), 0);
    int at = Block.HEADER_BYTES;
    for (int i = from; i < from + count; i++) {
      block.putLong(at, words[i]);
      at += Long.BYTES;
    }
    Block.zero(block, at, Block.BYTES - at);
    block.putInt(Block.CRC_AT, Block.crc(block, 0, Block.BYTES));
    out.position(out.position() + Block.BYTES);
  }

  /** Reads the block at the position of {@code in}, which is not moved. */
  public static Decoded<MapPage> decode(
      ByteBuffer in, PartitionKey key, PartitionLayout layout, int map, int page) {
    long[] words = new long[layout.geometry().wordsPerPage()];
    Decoded.Bad<MapPage> bad = decodeInto(in, key, layout, map, page, words, 0);
    if (bad != null) {
      return bad.flaw() == Flaw.FOREIGN && Block.isZero(Block.view(in), 0, Block.BYTES)
          ? new Decoded.Empty<>()
          : bad;
    }
    return new Decoded.Ok<>(new MapPage(map, page, words));
  }

  /**
   * Reads a page into a map's words at {@code to}; returns the flaw, and then leaves the words as
   * they were, or null if there is none. For loading whole maps.
   */
  static Decoded.@org.jspecify.annotations.Nullable Bad<MapPage> decodeInto(
      ByteBuffer in,
      PartitionKey key,
      PartitionLayout layout,
      int map,
      int page,
      long[] words,
      int to) {
    if (in.remaining() < Block.BYTES) {
      return new Decoded.Bad<>(Flaw.SHORT, in.remaining(), Block.BYTES);
    }
    ByteBuffer block = Block.view(in);
    int magic = Block.magicOf(block, 0);
    if (!Block.isOurs(magic)) {
      return new Decoded.Bad<>(Flaw.FOREIGN, magic, Block.MAGIC_MAP);
    }
    if (block.getInt(Block.CRC_AT) != Block.crcWithoutField(block, 0, Block.BYTES)) {
      return new Decoded.Bad<>(Flaw.CHECKSUM, 0, 0);
    }
    if (magic != Block.MAGIC_MAP) {
      return new Decoded.Bad<>(Flaw.OTHER_KIND, magic, Block.MAGIC_MAP);
    }
    int version = Block.versionOf(block, 0);
    if (version != FormatVersion.CURRENT) {
      return new Decoded.Bad<>(Flaw.NEWER_VERSION, version, FormatVersion.CURRENT);
    }
    if (Block.tagOf(block, 0) != key.tag()) {
      return new Decoded.Bad<>(Flaw.OTHER_PARTITION, Block.tagOf(block, 0), key.tag());
    }
    if (Block.mapOf(block, 0) != map) {
      return new Decoded.Bad<>(Flaw.MISPLACED, Block.mapOf(block, 0), map);
    }
    if (Block.numberOf(block, 0) != page) {
      return new Decoded.Bad<>(Flaw.MISPLACED, Block.numberOf(block, 0), page);
    }
    int count = layout.geometry().wordsPerPage();
    for (int i = 0; i < count; i++) {
      words[to + i] = block.getLong(Block.HEADER_BYTES + i * Long.BYTES);
    }
    return null;
  }
}
