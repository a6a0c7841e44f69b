// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.LoadedPartition;
import io.meikyo.core.partition.MapPage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a cluster partition as a whole: which superblock and which log transaction count ({@link
 * SuperblockChoice}, {@link LogChoice}), and the maps, in which a page that is not whole counts as
 * all ones. Whoever calls compares the identity with the configured one before anything else is
 * done with the answer (law 7). Stateless; any thread may call.
 */
public final class PartitionReader {
  /** Blocks that are read at once. */
  private static final int BATCH = 64;

  private PartitionReader() {}

  /** Reads only the superblocks. */
  public static SuperblockChoice superblocks(BlockSource source) {
    ByteBuffer a = copy(source.read(PartitionLayout.superblockOffset(1), Block.BYTES));
    ByteBuffer b = source.read(PartitionLayout.superblockOffset(2), Block.BYTES);
    return SuperblockChoice.of(a, b);
  }

  /** Reads everything. */
  public static PartitionReading read(BlockSource source) {
    SuperblockChoice superblocks = superblocks(source);
    WrittenSuperblock written = superblocks.written();
    if (written == null) {
      return new PartitionReading.Refused(superblocks.findings());
    }
    List<Finding> findings = new ArrayList<>(superblocks.findings());
    LogChoice log = log(source, written);
    findings.addAll(log.findings());
    List<Long> damaged = new ArrayList<>();
    List<long @Nullable []> maps = new ArrayList<>(MapPage.MAPS);
    for (int map = 0; map < MapPage.MAPS; map++) {
      if (!written.layout().hasMap(map)) {
        maps.add(null);
        continue;
      }
      long[] words = map(source, written, map, damaged, findings);
      if (log.everythingMayDiffer()) {
        setAll(words, written.layout().geometry());
      }
      maps.add(words);
    }
    config(source, written, findings);
    return new PartitionReading.Loaded(
        written,
        new LoadedPartition(
            written.superblock(), log.log(), java.util.Collections.unmodifiableList(maps)),
        superblocks,
        log,
        damaged,
        findings);
  }

  private static @Nullable ByteBuffer copy(@Nullable ByteBuffer buffer) {
    return buffer == null ? null : ByteBuffer.allocate(buffer.remaining()).put(buffer).flip();
  }

  static LogChoice log(BlockSource source, WrittenSuperblock written) {
    PartitionLayout layout = written.layout();
    List<@Nullable ByteBuffer> slots = new ArrayList<>(layout.logSlots());
    for (int slot = 0; slot < layout.logSlots(); slot++) {
      slots.add(copy(source.read(layout.logOffset(slot), Block.BYTES)));
    }
    return LogChoice.of(slots, written.key(), layout, written.superblock().cut().logSequence());
  }

  private static long[] map(
      BlockSource source,
      WrittenSuperblock written,
      int map,
      List<Long> damaged,
      List<Finding> findings) {
    PartitionLayout layout = written.layout();
    Geometry geometry = layout.geometry();
    PartitionKey key = written.key();
    int wordsPerPage = geometry.wordsPerPage();
    long[] words = new long[geometry.pages() * wordsPerPage];
    int bad = 0;
    int firstBad = 0;
    Flaw firstFlaw = Flaw.CHECKSUM;
    for (int from = 0; from < geometry.pages(); from += BATCH) {
      int count = Math.min(BATCH, geometry.pages() - from);
      ByteBuffer batch = source.read(layout.pageOffset(map, from), count * Block.BYTES);
      for (int i = 0; i < count; i++) {
        int page = from + i;
        ByteBuffer block =
            batch == null
                ? source.read(layout.pageOffset(map, page), Block.BYTES)
                : batch.slice(batch.position() + i * Block.BYTES, Block.BYTES);
        Flaw flaw = Flaw.UNREADABLE;
        if (block != null) {
          var result =
              MapPageCodec.decodeInto(block, key, layout, map, page, words, page * wordsPerPage);
          if (result == null) {
            continue;
          }
          flaw = result.flaw();
        }
        Arrays.fill(words, page * wordsPerPage, (page + 1) * wordsPerPage, -1);
        damaged.add(map * PartitionReading.PAGE_STRIDE + page);
        if (bad++ == 0) {
          firstBad = page;
          firstFlaw = flaw;
        }
      }
    }
    trim(words, geometry);
    if (bad > 0) {
      findings.add(
          Finding.of(FormatNotice.MAP_DAMAGED, nameOf(map), bad, firstBad, firstFlaw.name()));
    }
    return words;
  }

  /** The map as people call it. */
  static String nameOf(int map) {
    return map == MapPage.CHANGE_MAP ? "change" : "dirty " + map;
  }

  private static void setAll(long[] words, Geometry geometry) {
    Arrays.fill(words, -1);
    trim(words, geometry);
  }

  /** No bits behind the last chunk. */
  private static void trim(long[] words, Geometry geometry) {
    int chunks = geometry.chunks();
    int full = chunks / Long.SIZE;
    if (full < words.length) {
      words[full] &= (1L << chunks) - 1;
      Arrays.fill(words, full + 1, words.length, 0);
    }
  }

  private static void config(
      BlockSource source, WrittenSuperblock written, List<Finding> findings) {
    Decoded<ConfigCopy> a = configCopy(source, written, 1);
    Decoded<ConfigCopy> b = configCopy(source, written, 2);
    boolean badA = a instanceof Decoded.Bad;
    boolean badB = b instanceof Decoded.Bad;
    if (badA && badB) {
      findings.add(Finding.of(FormatNotice.CONFIG_LOST, SuperblockChoice.wordFor(a)));
    } else if (badA) {
      findings.add(Finding.of(FormatNotice.CONFIG_DAMAGED, "A", SuperblockChoice.wordFor(a)));
    } else if (badB) {
      findings.add(Finding.of(FormatNotice.CONFIG_DAMAGED, "B", SuperblockChoice.wordFor(b)));
    }
  }

  /**
   * The newer whole copy of the configuration; null if there is none.
   *
   * @param written the superblock that was read before
   */
  public static @Nullable ConfigCopy config(BlockSource source, WrittenSuperblock written) {
    ConfigCopy a = configCopy(source, written, 1).orNull();
    ConfigCopy b = configCopy(source, written, 2).orNull();
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    return a.sequence() > b.sequence() ? a : b;
  }

  static Decoded<ConfigCopy> configCopy(
      BlockSource source, WrittenSuperblock written, long parity) {
    long offset = PartitionLayout.configOffset(parity);
    ByteBuffer head = source.read(offset, Block.BYTES);
    if (head == null) {
      return Decoded.bad(Flaw.UNREADABLE);
    }
    int bytes = ConfigCopyCodec.bytesOf(head);
    ByteBuffer all = bytes == Block.BYTES ? head : source.read(offset, bytes);
    Decoded<ConfigCopy> d =
        all == null ? Decoded.bad(Flaw.UNREADABLE) : ConfigCopyCodec.decode(all, written.key());
    ConfigCopy copy = d.orNull();
    return copy != null && PartitionLayout.configOffset(copy.sequence()) != offset
        ? Decoded.bad(Flaw.MISPLACED, copy.sequence() & 1, parity & 1)
        : d;
  }

  /** Replica numbers that have a map, for whoever walks through them. */
  static List<Integer> mapsOf(PartitionLayout layout) {
    List<Integer> maps = new ArrayList<>(Identity.REPLICAS_MAX + 1);
    for (int map = 0; map < MapPage.MAPS; map++) {
      if (layout.hasMap(map)) {
        maps.add(map);
      }
    }
    return maps;
  }
}
