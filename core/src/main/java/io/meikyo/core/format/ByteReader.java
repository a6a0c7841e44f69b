// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import io.meikyo.core.partition.BackupRecord;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Generations;
import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.Hash;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.MapPage;
import io.meikyo.core.partition.Stamp;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads values one after the other, the counterpart of {@link ByteWriter}. It does not throw: after
 * the first flaw it gives zeros and remembers the flaw, so that a reader may read to its end and
 * ask once.
 */
final class ByteReader {
  /** Most words that a list of words can have: those of the largest map page. */
  static final int WORDS_MAX = Geometry.CHUNKS_PER_PAGE_MAX / Long.SIZE;

  private static final UUID NO_ID = new UUID(0, 0);

  private final ByteBuffer in;
  private @Nullable Flaw flaw;
  private long found;
  private long expected;

  /** Reads a copy of the view, so that position and limit of {@code in} stay as they are. */
  ByteReader(ByteBuffer in) {
    this.in = in.slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Remembers the first flaw. */
  void fail(Flaw why, long wasFound, long shouldBe) {
    if (flaw == null) {
      flaw = why;
      found = wasFound;
      expected = shouldBe;
    }
  }

  boolean failed() {
    return flaw != null;
  }

  /** The flaw as a result; there must be one. */
  <T> Decoded<T> bad() {
    return Decoded.bad(flaw == null ? Flaw.VALUE : flaw, found, expected);
  }

  /** Demands that everything was read. */
  void end() {
    if (in.remaining() != 0) {
      fail(Flaw.LENGTH, in.limit(), in.position());
    }
  }

  private boolean lacks(int bytes) {
    if (flaw == null && in.remaining() < bytes) {
      fail(Flaw.SHORT, in.remaining(), bytes);
    }
    return flaw != null;
  }

  int u8() {
    return lacks(1) ? 0 : Byte.toUnsignedInt(in.get());
  }

  boolean bool() {
    int value = u8();
    if (value > 1) {
      fail(Flaw.VALUE, value, 1);
    }
    return value == 1;
  }

  int i32() {
    return lacks(4) ? 0 : in.getInt();
  }

  long i64() {
    return lacks(8) ? 0 : in.getLong();
  }

  /** A number that must lie in a range. */
  int i32(int least, int most) {
    int value = i32();
    if (flaw == null && (value < least || value > most)) {
      fail(Flaw.VALUE, value, value < least ? least : most);
      return least;
    }
    return value;
  }

  /** A number that cannot be negative. */
  long natural() {
    long value = i64();
    if (value < 0) {
      fail(Flaw.VALUE, value, 0);
      return 0;
    }
    return value;
  }

  void zeros(int count) {
    for (int i = 0; i < count; i++) {
      int value = u8();
      if (value != 0) {
        fail(Flaw.VALUE, value, 0);
      }
    }
  }

  /** A name, or {@code otherwise} after a flaw. */
  <E> E named(int code, @Nullable E name, E otherwise) {
    if (name == null) {
      fail(Flaw.VALUE, code, 0);
      return otherwise;
    }
    return name;
  }

  UUID uuid() {
    long high = Long.reverseBytes(i64());
    long low = Long.reverseBytes(i64());
    return flaw == null ? new UUID(high, low) : NO_ID;
  }

  Identity identity(UUID cluster, UUID disk, int replica) {
    if (replica >= Identity.REPLICAS_MAX) {
      fail(Flaw.VALUE, replica, Identity.REPLICAS_MAX - 1);
      return new Identity(NO_ID, NO_ID, 0);
    }
    return new Identity(cluster, disk, replica);
  }

  Stamp stamp() {
    long counter = i64();
    long random = i64();
    return new Stamp(counter, random);
  }

  Hash hash() {
    long high = i64();
    long low = i64();
    return new Hash(high, low);
  }

  /** A geometry; null after a flaw. */
  @Nullable Geometry geometry() {
    long blocks = i64();
    int blockSize = i32();
    int blocksPerChunk = i32();
    int blocksPerExtent = i32();
    int logExtents = i32();
    int chunksPerPage = i32();
    zeros(4);
    if (failed()) {
      return null;
    }
    if (blockSize > BLOCK_SIZE_MAX || blocks > BLOCKS_MAX) {
      fail(Flaw.VALUE, blocks, BLOCKS_MAX);
      return null;
    }
    try {
      return new Geometry(
          blockSize, blocks, blocksPerChunk, blocksPerExtent, logExtents, chunksPerPage);
    } catch (IllegalArgumentException e) {
      // The rules are Geometry's own; they are not repeated here.
      fail(Flaw.VALUE, blocks, 0);
      return null;
    }
  }

  /** Largest logical block that this format knows, bytes. */
  static final int BLOCK_SIZE_MAX = 1 << 16;

  /** Most blocks of a disk: keeps every product with a block size inside 63 bits. */
  static final long BLOCKS_MAX = 1L << 46;

  CutRecord cut() {
    long cutId = i64();
    long holdId = i64();
    long generation = i64();
    long epoch = i64();
    Stamp stamp = stamp();
    long logSequence = natural();
    long high = i64();
    long low = i64();
    int code = u8();
    zeros(7);
    CutStatus status = named(code, Codes.cutStatus(code), CutStatus.NONE);
    return new CutRecord(cutId, holdId, generation, epoch, stamp, logSequence, status, high, low);
  }

  BackupRecord backup() {
    long holdId = i64();
    long cutId = i64();
    long began = i64();
    boolean flag = bool();
    zeros(7);
    return new BackupRecord(flag, holdId, cutId, began);
  }

  Generations generations() {
    int count = i32(0, Generations.HISTORY_MAX);
    zeros(4);
    long current = i64();
    if (lacks(count * Long.BYTES)) {
      return Generations.NONE;
    }
    long[] history = new long[count];
    for (int i = 0; i < count; i++) {
      history[i] = in.getLong();
    }
    return Generations.of(current, history);
  }

  /** Words of a map page. */
  long[] words() {
    int count = i32(0, WORDS_MAX);
    zeros(4);
    if (lacks(count * Long.BYTES)) {
      return NO_WORDS;
    }
    long[] words = new long[count];
    for (int i = 0; i < count; i++) {
      words[i] = in.getLong();
    }
    return words;
  }

  private static final long[] NO_WORDS = new long[0];

  /** Number of a page. */
  int page() {
    return i32(0, Integer.MAX_VALUE);
  }

  /** Number of a map. */
  int map() {
    int map = u8();
    if (map >= MapPage.MAPS) {
      fail(Flaw.VALUE, map, MapPage.MAPS - 1);
    }
    return map;
  }
}
