// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import io.meikyo.core.format.BlockSink;
import io.meikyo.core.format.Finding;
import io.meikyo.core.format.Flaw;
import io.meikyo.core.format.FormatNotice;
import io.meikyo.core.format.FreshPartition;
import io.meikyo.core.format.PartitionLayout;
import io.meikyo.core.format.PartitionReader;
import io.meikyo.core.format.SuperblockChoice;
import io.meikyo.core.format.SuperblockCodec;
import io.meikyo.core.format.WrittenSuperblock;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.Superblock;
import io.meikyo.linux.FileIo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Makes the cluster partition of a replica. Everything is checked before the first byte is written;
 * the data partition is only looked at.
 */
public final class CreatePartition {
  /** Flaws of a superblock's place that say nothing of Meikyo. */
  private static final Set<String> NO_SIGN =
      Set.of("EMPTY", Flaw.FOREIGN.name(), Flaw.UNREADABLE.name());

  /** Largest mirror disk, bytes: what the format is documented and measured for. */
  static final long DISK_BYTES_MAX = 16L << 40;

  /**
   * What is wanted.
   *
   * @param data data partition
   * @param cluster cluster partition
   * @param identity who it is to be
   * @param replicasMask replicas to keep dirty maps for; the own one is added
   * @param blockSize logical block size, 512 or 4096
   * @param size size of the mirror disk in bytes; 0: all of the data partition
   * @param allocate make both as fully written files, the data partition of this size; 0: they are
   *     there
   * @param force overwrite what is on the cluster partition
   */
  public record Request(
      Path data,
      Path cluster,
      Identity identity,
      int replicasMask,
      int blockSize,
      long size,
      long allocate,
      boolean force) {

    private PartitionLayout layout(long bytes) {
      return PartitionLayout.of(
          PartitionLayout.standardGeometry(blockSize, bytes / blockSize),
          replicasMask | (1 << identity.replica()));
    }
  }

  private final Request request;
  private final Progress progress;
  private final UnaryOperator<BlockSink> layer;
  private final List<Notice> notices = new ArrayList<>();

  /** Prepares the work; nothing happens yet. */
  public CreatePartition(Request request, Progress progress) {
    this(request, progress, sink -> sink);
  }

  /** The same with a layer between this and the disk, for tests. */
  CreatePartition(Request request, Progress progress, UnaryOperator<BlockSink> layer) {
    this.request = request;
    this.progress = progress;
    this.layer = layer;
  }

  /**
   * Does it.
   *
   * @param life random number for this life of the partition
   * @return what was done, for people
   */
  public List<Notice> run(long life) throws PartitionProblem {
    try {
      if (request.allocate > 0) {
        allocate();
      }
      long bytes = lookAtData();
      PartitionLayout layout = request.layout(bytes);
      try (PartitionFile cluster = PartitionFile.open(request.cluster, PartitionFile.Mode.WRITE)) {
        checkCluster(cluster, layout);
        write(cluster, layout, life);
      }
      notices.add(
          Notice.of(
              PartitionNotice.CREATED,
              request.cluster,
              request.identity.replica(),
              request.identity.diskId(),
              bytes));
      return List.copyOf(notices);
    } catch (IOException e) {
      throw new PartitionProblem(
          PartitionNotice.CANNOT_OPEN, request.cluster, PartitionFile.reason(e));
    }
  }

  private void allocate() throws PartitionProblem {
    checkSize(request.allocate);
    for (Path path : List.of(request.data, request.cluster)) {
      if (Files.exists(path)) {
        throw new PartitionProblem(PartitionNotice.ALREADY_THERE, path);
      }
    }
    long required =
        request.layout(request.size > 0 ? request.size : request.allocate).requiredBytes();
    Allocation.make(request.data, request.allocate, progress);
    Allocation.make(request.cluster, required, progress);
    notices.add(Notice.of(PartitionNotice.ALLOCATED, request.data, request.allocate));
    notices.add(Notice.of(PartitionNotice.ALLOCATED, request.cluster, required));
  }

  private void checkSize(long bytes) throws PartitionProblem {
    if (bytes > DISK_BYTES_MAX) {
      throw new PartitionProblem(PartitionNotice.TOO_LARGE, bytes, DISK_BYTES_MAX);
    }
    if (bytes < request.blockSize || bytes % request.blockSize != 0) {
      throw new PartitionProblem(
          PartitionNotice.NOT_WHOLE_BLOCKS,
          request.data,
          bytes,
          request.blockSize,
          bytes / request.blockSize * request.blockSize);
    }
  }

  /** Looks at the data partition; returns the size of the mirror disk. */
  private long lookAtData() throws PartitionProblem, IOException {
    Path path = request.data;
    try (PartitionFile data = PartitionFile.open(path, PartitionFile.Mode.READ)) {
      checkUse(path);
      SuperblockChoice found = PartitionReader.superblocks(data);
      if (isMeikyo(found)) {
        throw new PartitionProblem(PartitionNotice.DATA_IS_CLUSTER, path, describe(found));
      }
      if (Files.isRegularFile(path) && FileIo.firstHole(path) < data.size()) {
        throw new PartitionProblem(PartitionNotice.SPARSE, path, FileIo.firstHole(path));
      }
      long bytes = request.size > 0 ? request.size : data.size();
      checkSize(bytes);
      if (bytes > data.size()) {
        throw new PartitionProblem(PartitionNotice.DATA_TOO_SMALL, path, data.size(), bytes);
      }
      String signature = Signatures.find(data, data.size());
      if (signature != null) {
        notices.add(Notice.of(PartitionNotice.DATA_KEPT, path, signature));
      }
      return bytes;
    }
  }

  static void checkUse(Path path) throws PartitionProblem, IOException {
    String where = DeviceUse.mountedAt(path);
    if (where != null) {
      throw new PartitionProblem(PartitionNotice.MOUNTED, path, where);
    }
    String holder = DeviceUse.heldBy(path);
    if (holder != null) {
      throw new PartitionProblem(PartitionNotice.HELD, path, holder);
    }
  }

  private void checkCluster(PartitionFile cluster, PartitionLayout layout)
      throws PartitionProblem, IOException {
    if (Files.isSameFile(request.data, request.cluster)) {
      throw new PartitionProblem(PartitionNotice.SAME_DEVICE, request.data, request.cluster);
    }
    DeviceUse.Extent mine = DeviceUse.extent(request.cluster, cluster.size());
    DeviceUse.Extent theirs = DeviceUse.extent(request.data, dataSize());
    if (mine.overlaps(theirs)) {
      throw new PartitionProblem(
          PartitionNotice.OVERLAPPING, request.data, request.cluster, mine.base());
    }
    checkUse(request.cluster);
    if (cluster.size() < layout.requiredBytes()) {
      throw new PartitionProblem(
          PartitionNotice.TOO_SMALL, request.cluster, cluster.size(), layout.requiredBytes());
    }
    checkContents(cluster);
  }

  private long dataSize() throws PartitionProblem {
    try (PartitionFile data = PartitionFile.open(request.data, PartitionFile.Mode.READ)) {
      return data.size();
    }
  }

  /** Refuses to overwrite, or says what is overwritten. */
  private void checkContents(PartitionFile cluster) throws PartitionProblem {
    SuperblockChoice found = PartitionReader.superblocks(cluster);
    Notice obstacle = null;
    String what = null;
    if (isMeikyo(found)) {
      if (isHalfMade(found) && hasOurIdentity(cluster)) {
        return;
      }
      what = describe(found);
      obstacle = Notice.of(PartitionNotice.IS_MEIKYO, request.cluster, what);
    } else {
      what = Signatures.find(cluster, cluster.size());
      if (what != null) {
        obstacle = Notice.of(PartitionNotice.HAS_SIGNATURE, request.cluster, what);
      } else if (!Signatures.looksEmpty(cluster, cluster.size())) {
        what = "unknown";
        obstacle = Notice.of(PartitionNotice.NOT_EMPTY, request.cluster);
      }
    }
    if (obstacle == null || what == null) {
      return;
    }
    if (!request.force) {
      throw new PartitionProblem(obstacle);
    }
    notices.add(Notice.of(PartitionNotice.OVERWRITTEN, request.cluster, what));
  }

  /** True if an interrupted run of this made it: nobody can have used it yet. */
  private static boolean isHalfMade(SuperblockChoice found) {
    return found.findings().stream().anyMatch(f -> f.what() == FormatNotice.NOT_FINISHED);
  }

  private boolean hasOurIdentity(PartitionFile cluster) {
    ByteBuffer first = cluster.read(PartitionLayout.superblockOffset(1), 4096);
    WrittenSuperblock written = first == null ? null : SuperblockCodec.decode(first).orNull();
    return written != null && written.superblock().identity().equals(request.identity);
  }

  /** True if there is any sign of a cluster partition, whole or not. */
  static boolean isMeikyo(SuperblockChoice found) {
    return found.findings().stream().noneMatch(CreatePartition::isNoSign);
  }

  private static boolean isNoSign(Finding finding) {
    return switch (finding.what()) {
      case NOT_MADE, NOT_OURS -> true;
      case SUPERBLOCKS_LOST ->
          finding.notice().args().stream().allMatch(arg -> NO_SIGN.contains(arg.value()));
      default -> false;
    };
  }

  /** The partition in a few words for a sentence. */
  static String describe(SuperblockChoice found) {
    WrittenSuperblock written = found.written();
    if (written == null) {
      return found.findings().getFirst().what().key();
    }
    Identity id = written.superblock().identity();
    return "cluster "
        + id.clusterId()
        + ", disk "
        + id.diskId()
        + ", replica "
        + id.replica()
        + ", "
        + written.superblock().condition();
  }

  private void write(PartitionFile cluster, PartitionLayout layout, long life)
      throws PartitionProblem {
    WrittenSuperblock fresh =
        new WrittenSuperblock(Superblock.blank(request.identity, layout.geometry()), life, layout);
    @Nullable WrittenSuperblock old = PartitionReader.superblocks(cluster).written();
    long total = FreshPartition.bytes(layout);
    String name = request.cluster.toString();
    try {
      FreshPartition.write(
          fresh, old, layer.apply(cluster), done -> progress.at(name, done, total));
    } catch (UncheckedIOException e) {
      throw new PartitionProblem(
          PartitionNotice.WRITE_FAILED,
          request.cluster,
          PartitionFile.reason(new IOException(e.getMessage(), e.getCause())));
    }
  }
}
