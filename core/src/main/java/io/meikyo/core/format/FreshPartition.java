// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import io.meikyo.core.partition.LogTransaction;
import io.meikyo.core.partition.MapPage;
import io.meikyo.core.partition.Superblock;
import java.nio.ByteBuffer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes a cluster partition.
 *
 * <p>Order: the new superblock over the older of the old ones, then everything else, then the new
 * superblock over the other one; each durable before the next. Interrupted after the first write
 * and before the last one, the partition has superblocks of two lives, or one blank superblock
 * alone: both are refused as half made ({@link FormatNotice#SUPERBLOCKS_DISAGREE}, {@link
 * FormatNotice#NOT_FINISHED}). Before the first it is as it was.
 */
public final class FreshPartition {
  /** Bytes that are written at once. */
  private static final int BATCH_BYTES = 256 * Block.BYTES;

  private FreshPartition() {}

  /**
   * Writes a new partition over whatever is there.
   *
   * @param fresh its superblock; sequences 1 and 2 are given here
   * @param old superblock that is there now and counts, if any
   * @param progress told how many bytes have been written so far
   */
  public static void write(
      WrittenSuperblock fresh,
      @Nullable WrittenSuperblock old,
      BlockSink sink,
      LongConsumer progress) {
    boolean oldIsInA = old != null && (old.superblock().sequence() & 1) == 1;
    long first = oldIsInA ? 2 : 1;
    writeSuperblock(fresh, first, sink);
    writeRest(fresh, sink, progress);
    writeSuperblock(fresh, 3 - first, sink);
  }

  /** Bytes that {@link #write} writes. */
  public static long bytes(PartitionLayout layout) {
    return layout.mapOffset(MapPage.CHANGE_MAP) + layout.maps() * layout.mapBytes();
  }

  private static void writeSuperblock(WrittenSuperblock fresh, long sequence, BlockSink sink) {
    ByteBuffer block = ByteBuffer.allocate(Block.BYTES);
    SuperblockCodec.encode(fresh.with(withSequence(fresh.superblock(), sequence)), block);
    sink.write(PartitionLayout.superblockOffset(sequence), block.flip());
    sink.flush();
  }

  private static void writeRest(WrittenSuperblock fresh, BlockSink sink, LongConsumer progress) {
    PartitionLayout layout = fresh.layout();
    ByteBuffer batch = ByteBuffer.allocate(BATCH_BYTES);
    long a = PartitionLayout.superblockOffset(1);
    long b = PartitionLayout.superblockOffset(2);
    long end = layout.mapOffset(MapPage.CHANGE_MAP);
    zeros(a + Block.BYTES, b, sink, batch);
    zeros(b + Block.BYTES, end, sink, batch);
    writeRing(fresh, fresh.superblock().cut().logSequence(), sink);
    progress.accept(end);
    long done = end;
    for (int map : PartitionReader.mapsOf(layout)) {
      writeMap(fresh, map, 0, sink, batch);
      done += layout.mapBytes();
      progress.accept(done);
    }
    sink.flush();
  }

  private static void zeros(long from, long to, BlockSink sink, ByteBuffer batch) {
    batch.clear();
    Block.zero(batch, 0, batch.capacity());
    for (long at = from; at < to; at += batch.capacity()) {
      batch.clear().limit((int) Math.min(batch.capacity(), to - at));
      sink.write(at, batch);
    }
  }

  /**
   * Writes a log whose newest transaction is empty and has this sequence, as if all before it had
   * been empty too. Not flushed.
   */
  static void writeRing(WrittenSuperblock written, long newest, BlockSink sink) {
    for (int slot = 0; slot < written.layout().logSlots(); slot++) {
      writeSlot(written, slot, new LogTransaction(newest, new int[0]), sink);
    }
  }

  /**
   * Writes what belongs in a slot if {@code newest} is the newest transaction: itself, an empty one
   * of the round before, or zeros if there was no such round. Not flushed.
   */
  static void writeSlot(
      WrittenSuperblock written, int slot, LogTransaction newest, BlockSink sink) {
    PartitionLayout layout = written.layout();
    int behind = Math.floorMod(layout.logSlot(newest.sequence()) - slot, layout.logSlots());
    ByteBuffer block = ByteBuffer.allocate(Block.BYTES);
    long sequence = newest.sequence() - behind;
    if (behind == 0) {
      LogCodec.encode(newest, written.key(), block);
      block.flip();
    } else if (sequence >= 0) {
      LogCodec.encode(new LogTransaction(sequence, new int[0]), written.key(), block);
      block.flip();
    }
    sink.write(layout.logOffset(slot), block);
  }

  /** Writes all pages of a map with one word everywhere, 0 or -1. Not flushed. */
  static void writeMap(
      WrittenSuperblock written, int map, long word, BlockSink sink, ByteBuffer batch) {
    PartitionLayout layout = written.layout();
    long[] words = new long[layout.geometry().wordsPerPage()];
    java.util.Arrays.fill(words, word);
    int pages = layout.geometry().pages();
    int perBatch = batch.capacity() / Block.BYTES;
    for (int from = 0; from < pages; from += perBatch) {
      batch.clear();
      for (int page = from; page < Math.min(pages, from + perBatch); page++) {
        MapPageCodec.encode(map, page, words, 0, words.length, written.key(), batch);
      }
      sink.write(layout.pageOffset(map, from), batch.flip());
    }
  }

  /** The same superblock with another sequence. */
  static Superblock withSequence(Superblock s, long sequence) {
    return new Superblock(
        sequence,
        s.identity(),
        s.geometry(),
        s.groupId(),
        s.epoch(),
        s.inSyncMask(),
        s.activeReplica(),
        s.generations(),
        s.condition(),
        s.wasActive(),
        s.clean(),
        s.bootId(),
        s.stamp(),
        s.stampPending(),
        s.peers(),
        s.cut(),
        s.backup(),
        s.changeMapPartial());
  }
}
