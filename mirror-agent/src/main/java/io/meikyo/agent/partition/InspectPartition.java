// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import io.meikyo.core.format.ConfigCopy;
import io.meikyo.core.format.PartitionLayout;
import io.meikyo.core.format.PartitionReader;
import io.meikyo.core.format.PartitionReading;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.BackupRecord;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.Generations;
import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.MapPage;
import io.meikyo.core.partition.PeerSlot;
import io.meikyo.core.partition.Superblock;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Describes a cluster partition in sentences. */
public final class InspectPartition {

  /**
   * What is on it.
   *
   * @param path where
   * @param bytes size of the partition
   * @param reading what it says
   * @param config newest configuration on it
   * @param description the same in sentences; empty if it cannot be used
   */
  public record Result(
      Path path,
      long bytes,
      PartitionReading reading,
      @Nullable ConfigCopy config,
      List<Notice> description) {}

  private InspectPartition() {}

  /** Reads and describes it. */
  public static Result inspect(Path path) throws PartitionProblem {
    try (PartitionFile file = PartitionFile.open(path, PartitionFile.Mode.READ)) {
      PartitionReading reading = PartitionReader.read(file);
      if (!(reading instanceof PartitionReading.Loaded loaded)) {
        return new Result(path, file.size(), reading, null, List.of());
      }
      ConfigCopy config = PartitionReader.config(file, loaded.written());
      List<Notice> lines = new ArrayList<>();
      shape(loaded, file.size(), lines);
      state(loaded.partition().superblock(), lines);
      peers(loaded.partition().superblock(), lines);
      backup(loaded.partition().superblock(), lines);
      contents(loaded, lines);
      lines.add(
          config == null
              ? Notice.of(InspectNotice.NO_CONFIGURATION)
              : Notice.of(
                  InspectNotice.CONFIGURATION,
                  config.version(),
                  config.configuration().length,
                  config.sequence()));
      return new Result(path, file.size(), reading, config, List.copyOf(lines));
    }
  }

  private static void shape(PartitionReading.Loaded loaded, long bytes, List<Notice> lines) {
    Superblock s = loaded.partition().superblock();
    Geometry g = s.geometry();
    PartitionLayout layout = loaded.written().layout();
    Identity id = s.identity();
    lines.add(Notice.of(InspectNotice.IDENTITY, id.replica(), id.diskId(), id.clusterId()));
    lines.add(Notice.of(InspectNotice.SIZE, layout.dataBytes(), g.blocks(), g.blockSize()));
    lines.add(
        Notice.of(
            InspectNotice.GRAIN,
            (long) g.blocksPerChunk() * g.blockSize(),
            (long) g.blocksPerExtent() * g.blockSize(),
            g.logExtents(),
            layout.logSlots()));
    lines.add(
        Notice.of(
            InspectNotice.ROOM,
            set(layout.replicasMask()),
            layout.requiredBytes(),
            bytes,
            layout.memoryBytes()));
    lines.add(
        Notice.of(InspectNotice.SEQUENCE, s.sequence(), Long.toHexString(loaded.written().life())));
  }

  private static void state(Superblock s, List<Notice> lines) {
    lines.add(
        Notice.of(
            switch (s.condition()) {
              case BLANK -> InspectNotice.BLANK;
              case CONSISTENT -> InspectNotice.CONSISTENT;
              case INCONSISTENT -> InspectNotice.INCONSISTENT;
              case RESTORED -> InspectNotice.RESTORED;
              case FAILED -> InspectNotice.FAILED;
            }));
    lines.add(Notice.of(s.clean() ? InspectNotice.CLEAN : InspectNotice.NOT_CLEAN));
    if (s.wasActive()) {
      lines.add(Notice.of(InspectNotice.WAS_ACTIVE));
    }
    lines.add(
        Notice.of(
            InspectNotice.SET,
            Long.toHexString(s.groupId()),
            s.epoch(),
            set(s.inSyncMask()),
            s.activeReplica() < 0 ? "-" : s.activeReplica()));
    Generations g = s.generations();
    lines.add(
        g.current() == 0
            ? Notice.of(InspectNotice.NO_GENERATION)
            : Notice.of(InspectNotice.GENERATION, Long.toHexString(g.current()), g.size(), g));
    lines.add(Notice.of(InspectNotice.STAMP, s.stamp(), s.stampPending()));
  }

  private static void peers(Superblock s, List<Notice> lines) {
    for (int i = 0; i < s.peers().size(); i++) {
      PeerSlot p = s.peers().get(i);
      if (!p.equals(PeerSlot.UNKNOWN)) {
        lines.add(
            Notice.of(
                InspectNotice.PEER,
                i,
                p.base(),
                p.baseNext(),
                p.tracked(),
                p.baseProven(),
                time(p.provenAtMillis())));
      }
    }
  }

  private static void backup(Superblock s, List<Notice> lines) {
    CutRecord c = s.cut();
    lines.add(
        c.cutId() == 0
            ? Notice.of(InspectNotice.NO_CUT)
            : Notice.of(
                InspectNotice.CUT,
                Long.toHexString(c.cutId()),
                Long.toHexString(c.holdId()),
                c.status(),
                c.logSequence(),
                Long.toHexString(c.digestHigh()) + ":" + Long.toHexString(c.digestLow())));
    BackupRecord b = s.backup();
    lines.add(
        b.flagOn()
            ? Notice.of(
                InspectNotice.BACKUP_ON,
                Long.toHexString(b.holdId()),
                Long.toHexString(b.cutId()),
                time(b.beganAtMillis()))
            : Notice.of(InspectNotice.BACKUP_OFF));
  }

  private static void contents(PartitionReading.Loaded loaded, List<Notice> lines) {
    Geometry g = loaded.written().layout().geometry();
    var log = loaded.partition().log();
    lines.add(Notice.of(InspectNotice.LOG, log.sequence(), log.extents().length));
    for (int map = 0; map < MapPage.MAPS; map++) {
      long[] words = loaded.partition().maps().get(map);
      if (words == null || map == loaded.written().superblock().identity().replica()) {
        continue;
      }
      long bits = bits(words);
      long bytes = bits * g.blocksPerChunk() * g.blockSize();
      lines.add(
          map == MapPage.CHANGE_MAP
              ? Notice.of(InspectNotice.CHANGE_MAP, bits, g.chunks(), bytes)
              : Notice.of(InspectNotice.DIRTY_MAP, map, bits, g.chunks(), bytes));
    }
    if (loaded.partition().superblock().changeMapPartial()) {
      lines.add(Notice.of(InspectNotice.CHANGE_MAP_PARTIAL));
    }
  }

  /** Number of ones. */
  public static long bits(long[] words) {
    long n = 0;
    for (long w : words) {
      n += Long.bitCount(w);
    }
    return n;
  }

  /** Numbers of a set, as people write them. */
  public static String set(int mask) {
    StringBuilder b = new StringBuilder("{");
    for (int i = 0; i < Identity.REPLICAS_MAX; i++) {
      if ((mask & (1 << i)) != 0) {
        b.append(b.length() > 1 ? ", " : "").append(i);
      }
    }
    return b.append('}').toString();
  }

  private static String time(long millis) {
    return millis == 0 ? "-" : Instant.ofEpochMilli(millis).toString();
  }
}
