// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.LogTransaction;
import io.meikyo.core.partition.MapPage;
import io.meikyo.core.partition.Superblock;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What to write so that a partition reads without findings, and means what it was taken to mean.
 *
 * <p>Order: maps, then log, then configuration, then superblock; each step is durable before the
 * next. The maps come first because a cleared log slot no longer shows that a transaction may be
 * lost; the superblock comes last because the damaged one may be the only sign that its state is
 * the worst case. So an interrupted repair is read as before or better, never as more than it is.
 *
 * @param steps what to do, in order
 */
public record RepairPlan(List<Step> steps) {

  /**
   * One step.
   *
   * @param notice what it changes
   * @param work writes it; the caller flushes
   */
  public record Step(Notice notice, Consumer<BlockSink> work) {}

  /** Freezes the list. */
  public RepairPlan {
    steps = List.copyOf(steps);
  }

  /** Carries out everything. */
  public void apply(BlockSink sink) {
    for (Step step : steps) {
      step.work().accept(sink);
      sink.flush();
    }
  }

  /** The plan for a partition that could be read. */
  public static RepairPlan of(PartitionReading.Loaded loaded, BlockSource source) {
    List<Step> steps = new ArrayList<>();
    WrittenSuperblock written = loaded.written();
    LogChoice log = loaded.log();
    if (log.everythingMayDiffer()) {
      steps.add(allMaps(written));
    } else if (!loaded.damagedPages().isEmpty()) {
      steps.add(pages(written, loaded.damagedPages()));
    }
    log(written, log, steps);
    config(written, source, steps);
    int damaged = loaded.superblocks().damaged();
    if (damaged >= 0) {
      String place = SuperblockChoice.PLACES.get(damaged);
      steps.add(
          new Step(
              Notice.of(
                  loaded.superblocks().newestLost()
                      ? RepairNotice.SUPERBLOCK_WORST
                      : RepairNotice.SUPERBLOCK,
                  place),
              sink -> superblock(written, written.superblock().sequence() + 1, sink)));
    }
    return new RepairPlan(steps);
  }

  /**
   * The plan for a partition whose superblocks are both lost: its superblock is taken from an older
   * copy of the same partition, in the worst case of what may have come after. Everything must then
   * be filled again from a peer.
   *
   * @param copy superblock of the copy
   * @param log what the partition's own log says under the key of the copy
   */
  public static RepairPlan fromCopy(WrittenSuperblock copy, LogChoice log, BlockSource source) {
    List<Step> steps = new ArrayList<>();
    Superblock worst = SuperblockChoice.worst(copy.superblock());
    // Far above everything that the copy's successors can have reached.
    long sequence = (worst.sequence() | 1) + (1L << 32);
    WrittenSuperblock written = copy.with(FreshPartition.withSequence(worst, sequence));
    steps.add(allMaps(written));
    log(written, log, steps);
    config(written, source, steps);
    steps.add(
        new Step(
            Notice.of(RepairNotice.SUPERBLOCKS_FROM_COPY, copy.superblock().sequence()),
            sink -> {
              superblock(written, sequence, sink);
              sink.flush();
              superblock(written, sequence + 1, sink);
            }));
    return new RepairPlan(steps);
  }

  /** Reads the partition's own log under the key of a copy. */
  public static LogChoice logUnder(WrittenSuperblock copy, BlockSource source) {
    return PartitionReader.log(source, copy);
  }

  /**
   * True if anything on a partition carries the mark of a copy's superblock: a log transaction, or
   * a page of a map. Otherwise it is a copy of something else, or there is nothing left to save.
   */
  public static boolean belongs(WrittenSuperblock copy, BlockSource source) {
    PartitionLayout layout = copy.layout();
    if (logUnder(copy, source).damagedSlots().size() < layout.logSlots()) {
      return true;
    }
    for (int map : PartitionReader.mapsOf(layout)) {
      for (int page = 0; page < layout.geometry().pages(); page++) {
        ByteBuffer block = source.read(layout.pageOffset(map, page), Block.BYTES);
        if (block != null
            && MapPageCodec.decode(block, copy.key(), layout, map, page) instanceof Decoded.Ok) {
          return true;
        }
      }
    }
    return false;
  }

  private static Step allMaps(WrittenSuperblock written) {
    return new Step(
        Notice.of(RepairNotice.MAPS_ALL_ONES, written.layout().maps()),
        sink -> {
          ByteBuffer batch = ByteBuffer.allocate(64 * Block.BYTES);
          for (int map : PartitionReader.mapsOf(written.layout())) {
            FreshPartition.writeMap(written, map, -1, sink, batch);
          }
        });
  }

  private static Step pages(WrittenSuperblock written, List<Long> damaged) {
    return new Step(
        Notice.of(RepairNotice.PAGES_ALL_ONES, damaged.size()),
        sink -> {
          long[] ones = new long[written.layout().geometry().wordsPerPage()];
          java.util.Arrays.fill(ones, -1);
          for (long d : damaged) {
            int map = (int) (d / PartitionReading.PAGE_STRIDE);
            int page = (int) (d % PartitionReading.PAGE_STRIDE);
            ByteBuffer block = ByteBuffer.allocate(Block.BYTES);
            MapPageCodec.encode(new MapPage(map, page, ones), written.key(), block);
            sink.write(written.layout().pageOffset(map, page), block.flip());
          }
        });
  }

  private static void log(WrittenSuperblock written, LogChoice log, List<Step> steps) {
    LogTransaction newest = log.log();
    PartitionLayout layout = written.layout();
    boolean anew =
        log.damagedSlots().size() == layout.logSlots()
            || log.findings().stream().anyMatch(f -> f.what() == FormatNotice.LOG_OLDER_THAN_CUT);
    if (anew) {
      steps.add(
          new Step(
              Notice.of(RepairNotice.LOG_ANEW, newest.sequence()),
              sink -> {
                // The newest first: whatever else is left counts for less.
                FreshPartition.writeSlot(written, layout.logSlot(newest.sequence()), newest, sink);
                sink.flush();
                for (int slot = 0; slot < layout.logSlots(); slot++) {
                  FreshPartition.writeSlot(written, slot, newest, sink);
                }
              }));
    } else if (!log.damagedSlots().isEmpty()) {
      steps.add(
          new Step(
              Notice.of(RepairNotice.LOG_SLOTS, log.damagedSlots().toString()),
              sink -> {
                for (int slot : log.damagedSlots()) {
                  FreshPartition.writeSlot(written, slot, newest, sink);
                }
              }));
    }
  }

  private static void config(WrittenSuperblock written, BlockSource source, List<Step> steps) {
    Decoded<ConfigCopy> a = PartitionReader.configCopy(source, written, 1);
    Decoded<ConfigCopy> b = PartitionReader.configCopy(source, written, 2);
    boolean badA = a instanceof Decoded.Bad;
    boolean badB = b instanceof Decoded.Bad;
    if (!badA && !badB) {
      return;
    }
    ConfigCopy whole = badA ? b.orNull() : a.orNull();
    if (badA && badB) {
      steps.add(
          new Step(
              Notice.of(RepairNotice.CONFIG_CLEARED),
              sink -> {
                sink.write(PartitionLayout.configOffset(1), ByteBuffer.allocate(Block.BYTES));
                sink.write(PartitionLayout.configOffset(2), ByteBuffer.allocate(Block.BYTES));
              }));
    } else {
      steps.add(
          new Step(
              Notice.of(RepairNotice.CONFIG, badA ? "A" : "B"),
              sink -> configCopy(written, whole, badA ? 1 : 2, sink)));
    }
  }

  /** Writes a copy that is one newer than the whole one, or clears the place if that is empty. */
  private static void configCopy(
      WrittenSuperblock written, @Nullable ConfigCopy whole, long parity, BlockSink sink) {
    if (whole == null) {
      sink.write(PartitionLayout.configOffset(parity), ByteBuffer.allocate(Block.BYTES));
      return;
    }
    ConfigCopy next =
        new ConfigCopy(
            whole.sequence() + 1,
            whole.clusterId(),
            whole.groupId(),
            whole.epoch(),
            whole.inSyncMask(),
            whole.version(),
            whole.configuration());
    writeConfig(next, written.key(), sink);
  }

  /** Writes a copy of the configuration in the order that it needs: its bytes, then its header. */
  public static void writeConfig(ConfigCopy copy, PartitionKey key, BlockSink sink) {
    ByteBuffer bytes = ByteBuffer.allocate(ConfigCopyCodec.bytes(copy));
    ConfigCopyCodec.encode(copy, key, bytes);
    long offset = PartitionLayout.configOffset(copy.sequence());
    if (bytes.capacity() > Block.BYTES) {
      sink.write(offset + Block.BYTES, bytes.slice(Block.BYTES, bytes.capacity() - Block.BYTES));
      sink.flush();
    }
    sink.write(offset, bytes.slice(0, Block.BYTES));
  }

  private static void superblock(WrittenSuperblock written, long sequence, BlockSink sink) {
    ByteBuffer block = ByteBuffer.allocate(Block.BYTES);
    SuperblockCodec.encode(
        written.with(FreshPartition.withSequence(written.superblock(), sequence)), block);
    sink.write(PartitionLayout.superblockOffset(sequence), block.flip());
  }
}
