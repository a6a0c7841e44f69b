// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import io.meikyo.core.format.BlockSink;
import io.meikyo.core.format.ConfigCopy;
import io.meikyo.core.format.FreshPartition;
import io.meikyo.core.format.PartitionLayout;
import io.meikyo.core.format.RepairPlan;
import io.meikyo.core.format.WrittenSuperblock;
import io.meikyo.core.partition.BackupRecord;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.PeerSlot;
import io.meikyo.core.partition.Superblock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes the image of a cluster partition that belongs to a snapshot of the data partition.
 *
 * <p>The partition itself goes on living while the snapshot is read, so it is not copied: the image
 * is written anew from the superblock of the cut, as a partition in backup mode would stand at it.
 * It has the flag on, the cut with what is known of its worth, an activity log whose newest
 * transaction is the empty one of the cut, clear maps, and the copy of the configuration. {@link
 * RestorePartition} takes it with the data of the same cut.
 */
public final class ClusterImage {
  private ClusterImage() {}

  /**
   * Writes an image: a sparse file of the partition's size, for its owner alone, durable. Blocks.
   *
   * @param replica the replica that the snapshot is of, for its layout and configuration
   * @param atCut superblock as it stood at the cut
   * @param cut the cut with its verdict and digest
   * @param takenMillis wall clock of the cut
   * @param to a file that is not there yet
   * @param life random number for the life of the partition in the image
   * @throws IOException if it is there already, or cannot be written; nothing is left then
   */
  public static void write(
      OpenReplica replica, Superblock atCut, CutRecord cut, long takenMillis, Path to, long life)
      throws IOException {
    write(
        replica.loaded().written().layout(),
        replica.clusterBytes(),
        replica.configuration(),
        superblock(atCut, cut, takenMillis),
        to,
        life);
  }

  /**
   * The superblock of the image. What was known of peers and what was hot is of no use to whoever
   * restores it, and is left out.
   */
  static Superblock superblock(Superblock atCut, CutRecord cut, long takenMillis) {
    return new Superblock(
        1,
        atCut.identity(),
        atCut.geometry(),
        atCut.groupId(),
        atCut.epoch(),
        atCut.inSyncMask(),
        atCut.activeReplica(),
        atCut.generations(),
        atCut.condition(),
        false,
        true,
        atCut.bootId(),
        atCut.stamp(),
        atCut.stampPending(),
        Collections.nCopies(Identity.REPLICAS_MAX, PeerSlot.UNKNOWN),
        cut,
        new BackupRecord(true, cut.holdId(), cut.cutId(), takenMillis),
        true);
  }

  static void write(
      PartitionLayout layout,
      long bytes,
      @Nullable ConfigCopy config,
      Superblock superblock,
      Path to,
      long life)
      throws IOException {
    try (FileChannel file =
        FileChannel.open(
            to,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      try {
        file.write(ByteBuffer.allocate(1), bytes - 1);
        WrittenSuperblock fresh = new WrittenSuperblock(superblock, life, layout);
        Sparse sink = new Sparse(file);
        FreshPartition.write(fresh, null, sink, done -> {});
        if (config != null) {
          RepairPlan.writeConfig(config, fresh.key(), sink);
        }
        file.force(true);
      } catch (IOException | UncheckedIOException e) {
        Files.deleteIfExists(to);
        throw e instanceof UncheckedIOException u ? u.getCause() : (IOException) e;
      }
    }
  }

  /** A new file, whose holes are zeros already. */
  private record Sparse(FileChannel file) implements BlockSink {
    @Override
    public void write(long offset, ByteBuffer bytes) {
      try {
        long at = offset;
        while (bytes.hasRemaining()) {
          int length = Math.min(PartitionLayout.BLOCK_BYTES, bytes.remaining());
          ByteBuffer block = bytes.slice(bytes.position(), length);
          if (!isZero(block)) {
            while (block.hasRemaining()) {
              file.write(block, at + block.position());
            }
          }
          bytes.position(bytes.position() + length);
          at += length;
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static boolean isZero(ByteBuffer block) {
      return block.mismatch(ByteBuffer.allocate(block.remaining())) < 0;
    }

    @Override
    public void flush() {
      // All of it is made durable at the end: nobody uses what is not finished.
    }
  }
}
