// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import io.meikyo.core.format.BlockSink;
import io.meikyo.core.format.ConfigCopy;
import io.meikyo.core.format.Finding;
import io.meikyo.core.format.FreshPartition;
import io.meikyo.core.format.PartitionLayout;
import io.meikyo.core.format.PartitionReader;
import io.meikyo.core.format.PartitionReading;
import io.meikyo.core.format.RepairPlan;
import io.meikyo.core.format.SuperblockCodec;
import io.meikyo.core.format.WrittenSuperblock;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.RestoredImage;
import io.meikyo.core.partition.RestoredImage.Flaw;
import io.meikyo.core.partition.Superblock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Makes an image of a replica, data and cluster partition, this server's replica (rule R13).
 *
 * <p>Everything is checked before the first byte is written, from the partitions alone: that they
 * are what is configured, that the image was taken in backup mode at a cut that is not void, that
 * nothing wrote to it since, that both fit, that nobody uses them. The data partition is only
 * looked at, locked, and made durable.
 *
 * <p>Interrupted at any write it is done again by the same call: the first superblock that is
 * written says already all that the last one says. Done already, it says so and writes nothing.
 */
public final class RestorePartition {
  /**
   * What is wanted.
   *
   * @param data data partition, holding the image's data
   * @param cluster cluster partition, holding the image's
   * @param identity who this server's replica is, as configured
   * @param force also an image of another cluster; also one that is void or was not taken in backup
   *     mode, which then pairs with no other: the operator names the side to keep
   * @param alone it is to pair with no other whatever it is worth: a full copy is wanted
   */
  public record Request(Path data, Path cluster, Identity identity, boolean force, boolean alone) {}

  /**
   * What came of it.
   *
   * @param already it was restored before, and nothing was written
   * @param cut the cut that the replica is an image of; {@link CutRecord#NONE} if it is of unknown
   *     worth
   * @param notices what was found and done, for people
   */
  public record Result(boolean already, CutRecord cut, List<Notice> notices) {
    /** Freezes the list. */
    public Result {
      notices = List.copyOf(notices);
    }
  }

  /** What is to be made of what was found. */
  private record Plan(
      boolean already, WrittenSuperblock image, @Nullable WrittenSuperblock keep, boolean good) {}

  private final Request request;
  private final Progress progress;
  private final UnaryOperator<BlockSink> layer;
  private final List<Notice> notices = new ArrayList<>();

  /** Prepares the work; nothing happens yet. */
  public RestorePartition(Request request, Progress progress) {
    this(request, progress, sink -> sink);
  }

  /** The same with a layer between this and the disk, for tests. */
  RestorePartition(Request request, Progress progress, UnaryOperator<BlockSink> layer) {
    this.request = request;
    this.progress = progress;
    this.layer = layer;
  }

  /**
   * Only looks.
   *
   * @return what {@link #run} would do; {@code already} if that is nothing
   * @throws PartitionProblem if it would refuse
   */
  public Result check() throws PartitionProblem {
    return work(PartitionFile.Mode.READ, 0, 0);
  }

  /**
   * Does it.
   *
   * @param random for the new life of the partition and its stamp
   * @param wallMillis wall clock, milliseconds since 1970
   * @throws PartitionProblem if it is refused, and nothing is changed then; or if a write failed,
   *     and it must be run again
   */
  public Result run(long random, long wallMillis) throws PartitionProblem {
    return work(PartitionFile.Mode.WRITE, random, wallMillis);
  }

  private Result work(PartitionFile.Mode mode, long random, long wallMillis)
      throws PartitionProblem {
    Path path = request.cluster;
    try (PartitionFile cluster = open(path, mode);
        PartitionFile data = open(request.data, mode)) {
      places(cluster, data);
      Plan plan = plan(cluster);
      Superblock image = plan.image.superblock();
      sizes(plan.image.layout(), cluster, data);
      if (plan.already) {
        notices.add(Notice.of(PartitionNotice.RESTORED_ALREADY, path, hex(image.cut().cutId())));
        return new Result(true, image.cut(), notices);
      }
      CutRecord cut = plan.good ? image.cut() : CutRecord.NONE;
      if (mode == PartitionFile.Mode.WRITE) {
        data.flush();
        write(cluster, plan, random, wallMillis);
        notices.add(
            Notice.of(
                PartitionNotice.RESTORED,
                path,
                request.identity.replica(),
                hex(cut.cutId()),
                cut.status()));
      }
      return new Result(false, cut, notices);
    } catch (UncheckedIOException e) {
      throw new PartitionProblem(
          PartitionNotice.WRITE_FAILED,
          path,
          PartitionFile.reason(new IOException(e.getMessage(), e.getCause())));
    } catch (IOException e) {
      throw new PartitionProblem(PartitionNotice.CANNOT_OPEN, path, PartitionFile.reason(e));
    }
  }

  private static String hex(long id) {
    return Long.toHexString(id);
  }

  /** Opens one; an agent that has it open keeps everybody else out. */
  private static PartitionFile open(Path path, PartitionFile.Mode mode) throws PartitionProblem {
    PartitionFile file = PartitionFile.open(path, mode);
    try {
      if (file.isLockedByOthers()) {
        throw new PartitionProblem(PartitionNotice.IN_USE, path);
      }
      CreatePartition.checkUse(path);
      return file;
    } catch (PartitionProblem | RuntimeException e) {
      file.close();
      throw e;
    } catch (IOException e) {
      file.close();
      throw new PartitionProblem(PartitionNotice.CANNOT_OPEN, path, PartitionFile.reason(e));
    }
  }

  private void places(PartitionFile cluster, PartitionFile data)
      throws PartitionProblem, IOException {
    if (Files.isSameFile(request.data, request.cluster)) {
      throw new PartitionProblem(PartitionNotice.SAME_DEVICE, request.data, request.cluster);
    }
    DeviceUse.Extent mine = DeviceUse.extent(request.cluster, cluster.size());
    if (mine.overlaps(DeviceUse.extent(request.data, data.size()))) {
      throw new PartitionProblem(
          PartitionNotice.OVERLAPPING, request.data, request.cluster, mine.base());
    }
  }

  private void sizes(PartitionLayout layout, PartitionFile cluster, PartitionFile data)
      throws PartitionProblem {
    if (cluster.size() < layout.requiredBytes()) {
      throw new PartitionProblem(
          PartitionNotice.TRUNCATED, request.cluster, cluster.size(), layout.requiredBytes());
    }
    if (data.size() < layout.dataBytes()) {
      throw new PartitionProblem(
          PartitionNotice.DATA_TOO_SMALL, request.data, data.size(), layout.dataBytes());
    }
  }

  // ---- what is there

  private Plan plan(PartitionFile cluster) throws PartitionProblem {
    PartitionReading reading = PartitionReader.read(cluster);
    if (reading instanceof PartitionReading.Loaded loaded && !loaded.superblocks().newestLost()) {
      return ofWhole(loaded);
    }
    WrittenSuperblock begun = begun(cluster);
    if (begun == null) {
      Finding first = reading.findings().getFirst();
      throw new PartitionProblem(first.notice());
    }
    identity(begun.superblock().identity());
    notices.add(Notice.of(PartitionNotice.RESTORE_GOES_ON, request.cluster));
    WrittenSuperblock image = other(cluster, begun);
    boolean good = begun.superblock().cut().cutId() != 0 && !request.alone;
    return new Plan(false, begun, image == null ? begun : image, good);
  }

  private Plan ofWhole(PartitionReading.Loaded loaded) throws PartitionProblem {
    Superblock s = loaded.partition().superblock();
    identity(s.identity());
    if (!loaded.written().layout().hasMap(request.identity.replica())) {
      throw new PartitionProblem(
          PartitionNotice.NO_PLACE_FOR_REPLICA, request.cluster, request.identity.replica());
    }
    if (s.condition() == Condition.RESTORED
        && s.identity().equals(request.identity)
        && loaded.superblocks().damaged() < 0) {
      return new Plan(true, loaded.written(), null, s.cut().cutId() != 0);
    }
    List<Flaw> flaws =
        RestoredImage.flaws(s, loaded.partition().log(), loaded.log().everythingMayDiffer());
    for (Flaw flaw : flaws) {
      refuse(flaw, s);
    }
    boolean good = flaws.isEmpty() && !request.alone;
    return new Plan(false, loaded.written(), loaded.written(), good);
  }

  /** Law 7: the mirror disk must be the configured one, whatever the operator says. */
  private void identity(Identity found) throws PartitionProblem {
    if (!found.diskId().equals(request.identity.diskId())) {
      throw new PartitionProblem(
          PartitionNotice.UNEXPECTED_DISK,
          request.cluster,
          found.diskId(),
          request.identity.diskId());
    }
    if (!found.clusterId().equals(request.identity.clusterId())) {
      Notice other =
          Notice.of(
              PartitionNotice.IMAGE_OF_OTHER_CLUSTER,
              request.cluster,
              found.clusterId(),
              request.identity.clusterId());
      if (!request.force) {
        throw new PartitionProblem(other);
      }
      notices.add(other);
    }
  }

  private void refuse(Flaw flaw, Superblock image) throws PartitionProblem {
    Notice why =
        switch (flaw) {
          case NOT_CONSISTENT ->
              Notice.of(PartitionNotice.IMAGE_NOT_WHOLE, request.cluster, word(image.condition()));
          case FLAG_OFF -> Notice.of(PartitionNotice.IMAGE_WITHOUT_FLAG, request.cluster);
          case NO_CUT -> Notice.of(PartitionNotice.IMAGE_WITHOUT_CUT, request.cluster);
          case VOID ->
              Notice.of(PartitionNotice.IMAGE_VOID, request.cluster, hex(image.cut().cutId()));
          case UNEQUAL ->
              Notice.of(PartitionNotice.IMAGE_UNEQUAL, request.cluster, hex(image.cut().cutId()));
          case LOG_MOVED_ON ->
              Notice.of(
                  PartitionNotice.IMAGE_WRITTEN_TO, request.cluster, hex(image.cut().cutId()));
        };
    // A mixture of two points in time is of no use to anybody.
    if (!request.force || flaw == Flaw.NOT_CONSISTENT) {
      throw new PartitionProblem(why);
    }
    notices.add(why);
    notices.add(Notice.of(PartitionNotice.IMAGE_FORCED, request.cluster));
  }

  private static String word(Condition condition) {
    return condition.name().toLowerCase(Locale.ROOT);
  }

  /**
   * The superblock that an interrupted run of this wrote first, or last; null if there is none. It
   * has one of the first two sequences of a life, which nothing else leaves in this condition.
   */
  private @Nullable WrittenSuperblock begun(PartitionFile cluster) {
    for (long parity = 1; parity <= 2; parity++) {
      WrittenSuperblock w = at(cluster, parity);
      if (w != null
          && w.superblock().condition() == Condition.RESTORED
          && w.superblock().sequence() <= 2
          && w.superblock().identity().equals(request.identity)) {
        return w;
      }
    }
    return null;
  }

  /** What stands whole at the other place. */
  private @Nullable WrittenSuperblock other(PartitionFile cluster, WrittenSuperblock begun) {
    return at(cluster, begun.superblock().sequence() + 1);
  }

  private @Nullable WrittenSuperblock at(PartitionFile cluster, long sequence) {
    ByteBuffer block =
        cluster.read(PartitionLayout.superblockOffset(sequence), PartitionLayout.BLOCK_BYTES);
    WrittenSuperblock w = block == null ? null : SuperblockCodec.decode(block).orNull();
    return w != null && (w.superblock().sequence() & 1) == (sequence & 1) ? w : null;
  }

  // ---- to make it

  private void write(PartitionFile cluster, Plan plan, long random, long wallMillis) {
    Superblock image = plan.image.superblock();
    Superblock made =
        RestoredImage.initialised(
            image, request.identity, RestoredImage.stamp(image, wallMillis, random), plan.good);
    PartitionLayout layout = plan.image.layout();
    WrittenSuperblock fresh =
        new WrittenSuperblock(made, Long.reverse(random) ^ wallMillis, layout);
    long total = FreshPartition.bytes(layout);
    String name = request.cluster.toString();
    ConfigCopy config = PartitionReader.config(cluster, plan.image);
    BlockSink sink = layer.apply(cluster);
    FreshPartition.write(fresh, plan.keep, sink, done -> progress.at(name, done, total));
    if (config != null) {
      RepairPlan.writeConfig(config, fresh.key(), sink);
      sink.flush();
    }
  }

  /** True if a refusal means that the image holds no point in time at all (exit status 3). */
  public static boolean isVoid(PartitionProblem problem) {
    String code = problem.notice().code();
    return code.equals(PartitionNotice.IMAGE_VOID.key())
        || code.equals(PartitionNotice.IMAGE_WRITTEN_TO.key());
  }
}
