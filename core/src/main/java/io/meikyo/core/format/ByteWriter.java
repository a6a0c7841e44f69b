// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import io.meikyo.core.partition.BackupRecord;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.Generations;
import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.Hash;
import io.meikyo.core.partition.Stamp;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;

/**
 * Writes values one after the other into a little-endian buffer, from its position on. What a value
 * looks like here, it looks like in every structure. The buffer must have room: callers know the
 * limits of what they write.
 */
final class ByteWriter {
  static final int STAMP_BYTES = 16;
  static final int GEOMETRY_BYTES = 32;
  static final int CUT_BYTES = 80;
  static final int BACKUP_BYTES = 32;

  private final ByteBuffer out;

  ByteWriter(ByteBuffer out) {
    this.out = out;
    out.order(ByteOrder.LITTLE_ENDIAN);
  }

  ByteWriter u8(int value) {
    out.put((byte) value);
    return this;
  }

  ByteWriter bool(boolean value) {
    return u8(value ? 1 : 0);
  }

  ByteWriter i32(int value) {
    out.putInt(value);
    return this;
  }

  ByteWriter i64(long value) {
    out.putLong(value);
    return this;
  }

  ByteWriter zeros(int count) {
    for (int i = 0; i < count; i++) {
      out.put((byte) 0);
    }
    return this;
  }

  /** 16 bytes in the order in which the id is printed. */
  ByteWriter uuid(UUID id) {
    return i64(Long.reverseBytes(id.getMostSignificantBits()))
        .i64(Long.reverseBytes(id.getLeastSignificantBits()));
  }

  ByteWriter stamp(Stamp stamp) {
    return i64(stamp.counter()).i64(stamp.random());
  }

  ByteWriter hash(Hash hash) {
    return i64(hash.high()).i64(hash.low());
  }

  ByteWriter geometry(Geometry g) {
    return i64(g.blocks())
        .i32(g.blockSize())
        .i32(g.blocksPerChunk())
        .i32(g.blocksPerExtent())
        .i32(g.logExtents())
        .i32(g.chunksPerPage())
        .i32(0);
  }

  ByteWriter cut(CutRecord c) {
    return i64(c.cutId())
        .i64(c.holdId())
        .i64(c.generation())
        .i64(c.epoch())
        .stamp(c.stamp())
        .i64(c.logSequence())
        .i64(c.digestHigh())
        .i64(c.digestLow())
        .u8(Codes.of(c.status()))
        .zeros(7);
  }

  ByteWriter backup(BackupRecord b) {
    return i64(b.holdId()).i64(b.cutId()).i64(b.beganAtMillis()).bool(b.flagOn()).zeros(7);
  }

  /** Count, 4 zero bytes, current generation, then that many ancestors, newest first. */
  ByteWriter generations(Generations g) {
    i32(g.size()).i32(0).i64(g.current());
    for (int i = 0; i < g.size(); i++) {
      i64(g.ancestor(i));
    }
    return this;
  }

  /** Count, 4 zero bytes, then that many words. */
  ByteWriter words(long[] words) {
    i32(words.length).i32(0);
    for (long w : words) {
      i64(w);
    }
    return this;
  }
}
