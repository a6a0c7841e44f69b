// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import io.meikyo.core.format.BlockSink;
import io.meikyo.core.format.FormatNotice;
import io.meikyo.core.format.LogChoice;
import io.meikyo.core.format.PartitionReader;
import io.meikyo.core.format.PartitionReading;
import io.meikyo.core.format.RepairPlan;
import io.meikyo.core.format.WrittenSuperblock;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.Identity;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Repairs a cluster partition, as far as that is safe, and says exactly what it changed. */
public final class RepairPartition {
  /** Findings that a copy of the partition can help with. */
  private static final Set<FormatNotice> COPY_HELPS =
      Set.of(
          FormatNotice.SUPERBLOCKS_LOST,
          FormatNotice.SUPERBLOCKS_DISAGREE,
          FormatNotice.NOT_MADE,
          FormatNotice.NOT_OURS);

  private final Path path;
  private final @Nullable Path copy;
  private final boolean dryRun;
  private final UnaryOperator<BlockSink> layer;

  /**
   * Prepares the work.
   *
   * @param path cluster partition
   * @param copy older copy of the same cluster partition, for the case that both superblocks are
   *     lost
   * @param dryRun only say what would be changed
   */
  public RepairPartition(Path path, @Nullable Path copy, boolean dryRun) {
    this(path, copy, dryRun, sink -> sink);
  }

  /** The same with a layer between this and the disk, for tests. */
  RepairPartition(Path path, @Nullable Path copy, boolean dryRun, UnaryOperator<BlockSink> layer) {
    this.path = path;
    this.copy = copy;
    this.dryRun = dryRun;
    this.layer = layer;
  }

  /** Does it; returns what was found and what was changed, for people. */
  public List<Notice> run() throws PartitionProblem {
    PartitionFile.Mode mode = dryRun ? PartitionFile.Mode.READ : PartitionFile.Mode.WRITE;
    try (PartitionFile file = PartitionFile.open(path, mode)) {
      List<Notice> notices = new ArrayList<>();
      PartitionReading reading = PartitionReader.read(file);
      reading.findings().forEach(f -> notices.add(f.notice()));
      RepairPlan plan = plan(file, reading);
      if (plan.steps().isEmpty()) {
        notices.add(Notice.of(PartitionNotice.NOTHING_TO_REPAIR, path));
        return notices;
      }
      plan.steps().forEach(step -> notices.add(step.notice()));
      if (dryRun) {
        notices.add(Notice.of(PartitionNotice.WOULD_REPAIR, path));
        return notices;
      }
      plan.apply(layer.apply(file));
      notices.add(Notice.of(PartitionNotice.REPAIRED, path));
      return notices;
    } catch (UncheckedIOException e) {
      throw new PartitionProblem(
          PartitionNotice.WRITE_FAILED, path, String.valueOf(e.getMessage()));
    }
  }

  private RepairPlan plan(PartitionFile file, PartitionReading reading) throws PartitionProblem {
    return switch (reading) {
      case PartitionReading.Loaded loaded -> {
        if (copy != null) {
          throw new PartitionProblem(PartitionNotice.COPY_NOT_NEEDED, path);
        }
        yield RepairPlan.of(loaded, file);
      }
      case PartitionReading.Refused refused -> {
        FormatNotice why = refused.findings().getFirst().what();
        if (copy == null || !COPY_HELPS.contains(why)) {
          throw new PartitionProblem(refused.findings().getFirst().notice());
        }
        yield fromCopy(file, copy);
      }
    };
  }

  private RepairPlan fromCopy(PartitionFile file, Path copyPath) throws PartitionProblem {
    try (PartitionFile other = PartitionFile.open(copyPath, PartitionFile.Mode.READ)) {
      WrittenSuperblock written = PartitionReader.superblocks(other).written();
      if (written == null) {
        throw new PartitionProblem(PartitionNotice.COPY_UNREADABLE, copyPath);
      }
      if (file.size() < written.layout().requiredBytes()) {
        throw new PartitionProblem(
            PartitionNotice.COPY_TOO_LARGE, path, file.size(), written.layout().requiredBytes());
      }
      if (!RepairPlan.belongs(written, file)) {
        refuseForeign(copyPath, written);
      }
      LogChoice log = RepairPlan.logUnder(written, file);
      return RepairPlan.fromCopy(written, log, file);
    }
  }

  /** Nothing on this partition carries the mark of the copy: it is a copy of another one. */
  private void refuseForeign(Path copyPath, WrittenSuperblock written) throws PartitionProblem {
    Identity id = written.superblock().identity();
    throw new PartitionProblem(
        PartitionNotice.COPY_OF_OTHER_REPLICA,
        path,
        copyPath,
        id.replica(),
        id.clusterId(),
        id.diskId(),
        written.layout().geometry().blockSize(),
        written.layout().dataBytes());
  }
}
