// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import io.meikyo.core.format.BlockSink;
import io.meikyo.core.format.BlockSource;
import io.meikyo.core.format.ConfigCopy;
import io.meikyo.core.format.PartitionReader;
import io.meikyo.core.format.RepairPlan;
import io.meikyo.core.format.WrittenSuperblock;
import io.meikyo.linux.Descriptors;
import io.meikyo.linux.Errno;
import io.meikyo.linux.LinuxException;
import java.io.UncheckedIOException;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The copy of the cluster's configuration that a cluster partition carries, so that every image of
 * it does too (rule R13).
 *
 * <p>It has two places of its own that the engine never writes to, so it is written beside a
 * running engine: always over the older copy, its bytes first, its header when they are durable. A
 * write that is cut off at any point leaves the newer copy as it was. Methods block; any thread.
 */
public final class CarriedCopy {
  /** What {@link #mark()} says when there is none. */
  public static final String NONE = "-";

  /**
   * What is to be carried.
   *
   * @param clusterId the cluster
   * @param groupId lineage of its deciding authority, as this replica knows it
   * @param epoch of the in-sync set
   * @param inSyncMask in-sync set of this mirror disk, bit per replica
   * @param version of the configuration
   * @param configuration its text; not looked into
   */
  public record Contents(
      UUID clusterId,
      long groupId,
      long epoch,
      int inSyncMask,
      long version,
      byte[] configuration) {}

  private final OpenReplica replica;
  private volatile String mark;

  CarriedCopy(OpenReplica replica, @Nullable ConfigCopy found) {
    this.replica = replica;
    this.mark = markOf(found);
  }

  /**
   * Which configuration is carried: its version and a checksum of its bytes; {@link #NONE} if none
   * is. In memory: nothing is read.
   */
  public String mark() {
    return mark;
  }

  /** The mark of a configuration. */
  public static String mark(long version, byte[] configuration) {
    CRC32C crc = new CRC32C();
    crc.update(configuration);
    return version + ":" + Long.toHexString(crc.getValue());
  }

  private static String markOf(@Nullable ConfigCopy copy) {
    return copy == null ? NONE : mark(copy.version(), copy.configuration());
  }

  /**
   * Writes it, if it is not there already. Durable when it returns.
   *
   * @return true if it was written
   * @throws PartitionProblem if it does not fit, or cannot be written; what was carried before
   *     still is
   */
  public synchronized boolean write(Contents contents) throws PartitionProblem {
    int fd;
    try {
      // One of our own, since the replica may be closed meanwhile and its number be used again.
      fd = replica.duplicateCluster();
    } catch (LinuxException e) {
      throw failed(Errno.sentence(e.errno()));
    }
    try (DirectBlocks blocks = new DirectBlocks(fd, OpenReplica.size(fd))) {
      ConfigCopy before = PartitionReader.config(blocks, replica.loaded().written());
      ConfigCopy after = put(blocks, blocks, replica.loaded().written(), contents);
      mark = markOf(after);
      return before == null || after.sequence() != before.sequence();
    } catch (LinuxException e) {
      throw failed(Errno.sentence(e.errno()));
    } catch (UncheckedIOException e) {
      throw failed(String.valueOf(e.getMessage()));
    } finally {
      Descriptors.close(fd);
    }
  }

  private PartitionProblem failed(String why) {
    return new PartitionProblem(PartitionNotice.COPY_NOT_WRITTEN, replica.cluster(), why);
  }

  /**
   * Writes a copy over the older one, unless the newer one says the same.
   *
   * @param written the superblock of the partition
   * @return the copy that stands then
   * @throws PartitionProblem if it does not fit
   */
  static ConfigCopy put(
      BlockSource source, BlockSink sink, WrittenSuperblock written, Contents contents)
      throws PartitionProblem {
    if (contents.configuration().length > ConfigCopy.CONFIGURATION_MAX) {
      throw new PartitionProblem(
          PartitionNotice.CONFIGURATION_TOO_LARGE,
          contents.configuration().length,
          ConfigCopy.CONFIGURATION_MAX);
    }
    ConfigCopy newest = PartitionReader.config(source, written);
    ConfigCopy next =
        new ConfigCopy(
            newest == null ? 1 : newest.sequence() + 1,
            contents.clusterId(),
            contents.groupId(),
            contents.epoch(),
            contents.inSyncMask(),
            contents.version(),
            contents.configuration());
    if (newest != null
        && newest.clusterId().equals(next.clusterId())
        && markOf(newest).equals(markOf(next))) {
      return newest;
    }
    RepairPlan.writeConfig(next, written.key(), sink);
    sink.flush();
    return next;
  }
}
