// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import io.meikyo.core.format.ConfigCopy;
import io.meikyo.core.format.PartitionReader;
import io.meikyo.core.format.PartitionReading;
import io.meikyo.core.format.RepairPlan;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.Identity;
import io.meikyo.linux.BlockDevices;
import io.meikyo.linux.Descriptors;
import io.meikyo.linux.Errno;
import io.meikyo.linux.FileIo;
import io.meikyo.linux.FileLocks;
import io.meikyo.linux.FileStat;
import io.meikyo.linux.LinuxException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Both partitions of a replica, opened for work: direct I/O, locked against a second agent, their
 * identity compared with the configured one (law 7), the cluster partition read and, where reading
 * found damage that has a safe meaning, mended.
 *
 * <p>The lock ends with the last I/O on the open file, so whoever gets it knows that nothing of a
 * former owner can still reach the disk.
 */
public final class OpenReplica implements AutoCloseable {
  private static final int DIRECT = Descriptors.O_RDWR | Descriptors.O_DIRECT;

  private final Path data;
  private final Path cluster;
  private final List<Notice> notices = new ArrayList<>();
  private int dataFd = -1;
  private int clusterFd = -1;
  private boolean zeroesFast;
  private int zeroBlocks;
  private PartitionReading.Loaded loaded;
  private CarriedCopy carried;

  @SuppressWarnings("NullAway.Init") // the factory sets what is missing, or throws
  private OpenReplica(Path data, Path cluster) {
    this.data = data;
    this.cluster = cluster;
  }

  /**
   * Opens both.
   *
   * @param identity who the partition must be
   * @throws PartitionProblem if anything is not as it must be; nothing is open then
   */
  public static OpenReplica open(Path data, Path cluster, Identity identity)
      throws PartitionProblem {
    OpenReplica r = new OpenReplica(data, cluster);
    try {
      r.openAll(identity);
      return r;
    } catch (LinuxException e) {
      r.close();
      throw new PartitionProblem(
          PartitionNotice.CANNOT_OPEN, e.object(), Errno.sentence(e.errno()));
    } catch (IOException | UncheckedIOException e) {
      r.close();
      throw new PartitionProblem(
          PartitionNotice.CANNOT_OPEN, cluster, String.valueOf(e.getMessage()));
    } catch (PartitionProblem | RuntimeException e) {
      r.close();
      throw e;
    }
  }

  private void openAll(Identity identity) throws PartitionProblem, LinuxException, IOException {
    clusterFd = openOne(cluster);
    loaded = read(identity);
    Geometry geometry = loaded.partition().superblock().geometry();
    dataFd = openOne(data);
    long bytes = size(dataFd);
    long needed = geometry.blocks() * geometry.blockSize();
    if (bytes < needed) {
      throw new PartitionProblem(PartitionNotice.DATA_TOO_SMALL, data, bytes, needed);
    }
    FileStat stat = FileStat.of(dataFd);
    if (stat.kind() == FileStat.Kind.REGULAR) {
      long hole = FileIo.firstHole(data);
      if (hole < needed) {
        throw new PartitionProblem(PartitionNotice.SPARSE, data, hole);
      }
    } else {
      int logical = BlockDevices.logicalBlockBytes(dataFd);
      if (logical > geometry.blockSize()) {
        throw new PartitionProblem(
            PartitionNotice.BLOCKS_TOO_SMALL, data, geometry.blockSize(), logical);
      }
      BlockDevices.Limits limits = BlockDevices.limits(stat.device());
      zeroesFast = limits.zeroMax() > 0;
      if (zeroesFast && limits.discardMax() > 0) {
        long unit = Math.max(geometry.blockSize(), limits.discardUnit());
        zeroBlocks = (int) Math.min(Integer.MAX_VALUE, unit / geometry.blockSize());
      }
    }
  }

  private static int openOne(Path path) throws PartitionProblem, LinuxException, IOException {
    String where = mountedAt(path);
    if (where != null) {
      throw new PartitionProblem(PartitionNotice.MOUNTED, path, where);
    }
    int fd;
    try {
      int probe = Descriptors.open(path, Descriptors.O_RDONLY | Descriptors.O_NONBLOCK);
      boolean device = FileStat.of(probe).kind() == FileStat.Kind.BLOCK_DEVICE;
      Descriptors.close(probe);
      fd = Descriptors.open(path, device ? DIRECT | Descriptors.O_EXCL : DIRECT);
    } catch (LinuxException e) {
      throw switch (e.errno()) {
        case Errno.ENOENT -> new PartitionProblem(PartitionNotice.NO_SUCH_FILE, path);
        case Errno.EBUSY -> new PartitionProblem(PartitionNotice.IN_USE, path);
        case Errno.EINVAL -> new PartitionProblem(PartitionNotice.NO_DIRECT, path);
        default ->
            new PartitionProblem(PartitionNotice.CANNOT_OPEN, path, Errno.sentence(e.errno()));
      };
    }
    if (FileLocks.lock(fd, true) < 0) {
      Descriptors.close(fd);
      throw new PartitionProblem(PartitionNotice.IN_USE, path);
    }
    return fd;
  }

  private static @Nullable String mountedAt(Path path) throws PartitionProblem, IOException {
    if (!java.nio.file.Files.exists(path)) {
      throw new PartitionProblem(PartitionNotice.NO_SUCH_FILE, path);
    }
    return DeviceUse.mountedAt(path);
  }

  static long size(int fd) throws LinuxException {
    FileStat stat = FileStat.of(fd);
    return stat.kind() == FileStat.Kind.BLOCK_DEVICE ? BlockDevices.bytes(fd) : stat.size();
  }

  private PartitionReading.Loaded read(Identity identity) throws PartitionProblem, LinuxException {
    try (DirectBlocks blocks = new DirectBlocks(clusterFd, size(clusterFd))) {
      PartitionReading.Loaded first = readOnce(blocks);
      Identity found = first.partition().superblock().identity();
      if (!found.equals(identity)) {
        throw new PartitionProblem(
            PartitionNotice.OTHER_IDENTITY, cluster, describe(found), describe(identity));
      }
      carried = new CarriedCopy(this, PartitionReader.config(blocks, first.written()));
      if (!first.mapsMustBeWritten()) {
        return first;
      }
      RepairPlan plan = RepairPlan.of(first, blocks);
      plan.steps().forEach(step -> notices.add(step.notice()));
      plan.apply(blocks);
      return readOnce(blocks);
    }
  }

  private PartitionReading.Loaded readOnce(DirectBlocks blocks) throws PartitionProblem {
    return switch (PartitionReader.read(blocks)) {
      case PartitionReading.Loaded l -> {
        l.findings().forEach(f -> notices.add(f.notice()));
        yield l;
      }
      case PartitionReading.Refused refused ->
          throw new PartitionProblem(
              refused.findings().isEmpty()
                  ? Notice.of(PartitionNotice.NOT_A_DISK, cluster)
                  : refused.findings().getFirst().notice());
    };
  }

  private static String describe(Identity id) {
    return "cluster " + id.clusterId() + ", disk " + id.diskId() + ", replica " + id.replica();
  }

  /** Descriptor of the data partition. */
  public int dataFd() {
    return dataFd;
  }

  /** Descriptor of the cluster partition. */
  public int clusterFd() {
    return clusterFd;
  }

  /** True if the data partition zeroes ranges by itself. */
  public boolean zeroesFast() {
    return zeroesFast;
  }

  /** Blocks to which a discard that leaves zeros must be aligned; 0: discards are ignored. */
  public int zeroBlocks() {
    return zeroBlocks;
  }

  /**
   * Bytes of the cluster partition.
   *
   * @throws LinuxException the device is gone
   */
  long clusterBytes() throws LinuxException {
    return size(clusterFd);
  }

  /**
   * The copy of the configuration that stands on the cluster partition now; null: there is none.
   * Any thread, also while the partition is in use.
   *
   * @throws LinuxException the device is gone
   */
  @Nullable ConfigCopy configuration() throws LinuxException {
    int fd = duplicateCluster();
    try (DirectBlocks blocks = new DirectBlocks(fd, size(fd))) {
      return PartitionReader.config(blocks, loaded.written());
    } finally {
      Descriptors.close(fd);
    }
  }

  /** The copy of the configuration on the cluster partition, for whoever reads or replaces it. */
  public CarriedCopy carried() {
    return carried;
  }

  /** Where the cluster partition is. */
  Path cluster() {
    return cluster;
  }

  /**
   * A descriptor of the cluster partition for a thread that goes on when this is closed. It shares
   * the lock, which ends with it. Any thread.
   *
   * @throws LinuxException EBADF: this is closed
   */
  synchronized int duplicateCluster() throws LinuxException {
    return Descriptors.duplicate(clusterFd);
  }

  /** What the cluster partition says. */
  public PartitionReading.Loaded loaded() {
    return loaded;
  }

  /** What was found and mended on the way. */
  public List<Notice> notices() {
    return List.copyOf(notices);
  }

  /** Closes both, and so gives the locks back. */
  @Override
  public synchronized void close() {
    if (dataFd >= 0) {
      Descriptors.close(dataFd);
      dataFd = -1;
    }
    if (clusterFd >= 0) {
      Descriptors.close(clusterFd);
      clusterFd = -1;
    }
  }
}
