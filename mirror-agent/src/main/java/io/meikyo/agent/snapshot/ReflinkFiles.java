// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import io.meikyo.core.notice.Notice;
import io.meikyo.linux.Descriptors;
import io.meikyo.linux.Errno;
import io.meikyo.linux.FileIo;
import io.meikyo.linux.FileStat;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.Reflink;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Snapshots of a data partition that is a file, as files that share its blocks, on btrfs or XFS.
 *
 * <p>All writes that were answered are in such a file: they were made with O_DIRECT, and a hold
 * drained and flushed them before, so they lie in the blocks that are shared; none is in memory of
 * this process or in the page cache.
 *
 * <p>What is shared takes no room until the mirror disk is written: each first write of a block
 * needs a new one then, <em>for the mirror disk itself</em>. Without room the disk would fail. So
 * none is taken when little is free, and all are given up, by {@link #crowded}, before that is used
 * up.
 */
final class ReflinkFiles implements Provider {
  private static final String SUFFIX = ".reflink";
  private static final long MIB = 1L << 20;

  /** Kept free: a part of the disk, in these limits. */
  private static final int PART_OF_DISK = 20;

  private static final long LEAST_BYTES = 64 * MIB;
  private static final long MOST_BYTES = 4096 * MIB;

  private final String mirror;
  private final String begin;
  private final Origin origin;
  private final Path folder;

  /**
   * Does nothing yet.
   *
   * @param folder on the file system of the data partition
   */
  ReflinkFiles(String mirror, int replica, Origin origin, Path folder) {
    this.mirror = mirror;
    this.begin = CutNames.begin(mirror, replica);
    this.origin = origin;
    this.folder = folder;
  }

  @Override
  public String word() {
    return ProviderSpec.Kind.REFLINK.word();
  }

  @Override
  public String place() {
    return folder.toString();
  }

  @Override
  public boolean outlives() {
    return true;
  }

  /** What is asked for at least when one is taken, twice; and what ends them, once. */
  long reserveBytes() {
    return Math.clamp(origin.bytes() / PART_OF_DISK, LEAST_BYTES, MOST_BYTES);
  }

  @Override
  public List<Notice> begin() {
    return List.of();
  }

  @Override
  public Set<Long> list() throws NotTaken {
    Set<Long> all = new TreeSet<>();
    if (!Files.isDirectory(folder)) {
      return all;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        long cutId = CutNames.cutId(begin, String.valueOf(file.getFileName()), SUFFIX);
        if (cutId != 0) {
          all.add(cutId);
        }
      }
      return all;
    } catch (IOException | DirectoryIteratorException e) {
      throw new NotTaken(
          Notice.of(SnapshotNotice.NOT_LISTED, mirror, word(), folder + ": " + e.getMessage()));
    }
  }

  private Path file(long cutId) {
    return folder.resolve(CutNames.name(begin, cutId, SUFFIX));
  }

  @Override
  public Taken take(long cutId, long nanos) throws NotTaken {
    long free = folder.toFile().getUsableSpace();
    if (free < 2 * reserveBytes()) {
      throw new NotTaken(
          Notice.of(SnapshotNotice.NO_ROOM, mirror, folder, free, 2 * reserveBytes()));
    }
    Path file = file(cutId);
    int fd = -1;
    try {
      if (FileStat.of(origin.fd()).kind() != FileStat.Kind.REGULAR) {
        throw notTaken("the data partition is no file");
      }
      int flags =
          Descriptors.O_RDWR | Descriptors.O_DIRECT | Descriptors.O_CREAT | Descriptors.O_EXCL;
      fd = Descriptors.open(file, flags);
      Reflink.clone(fd, origin.fd());
      return new Taken.Image(fd, file.toString());
    } catch (LinuxException e) {
      if (fd >= 0) {
        Descriptors.close(fd);
      }
      throw notTaken(reason(e));
    }
  }

  private NotTaken notTaken(String reason) {
    return new NotTaken(mirror, word(), reason);
  }

  private String reason(LinuxException e) {
    return switch (e.errno()) {
      case Errno.EXDEV -> folder + " is on another file system than the data partition";
      case Errno.EOPNOTSUPP, Errno.EINVAL, Errno.ENOTTY ->
          "the file system of " + folder + " has no reflinks (" + e.getMessage() + ")";
      default -> String.valueOf(e.getMessage());
    };
  }

  @Override
  public @Nullable Notice settle(long cutId, Taken taken) {
    try {
      sync(taken.fd());
      int holder = Descriptors.open(folder, Descriptors.O_RDONLY | Descriptors.O_DIRECTORY);
      try {
        sync(holder);
      } finally {
        Descriptors.close(holder);
      }
      return null;
    } catch (LinuxException e) {
      return Notice.of(
          SnapshotNotice.NOT_SETTLED, mirror, taken.where(), String.valueOf(e.getMessage()));
    }
  }

  private static void sync(int fd) throws LinuxException {
    int errno = FileIo.sync(fd);
    if (errno != 0) {
      throw new LinuxException("fdatasync", errno, "");
    }
  }

  @Override
  public Taken find(long cutId, String where) throws NotTaken {
    return WholeImage.open(mirror, word(), Path.of(where), origin.bytes());
  }

  @Override
  public @Nullable Notice crowded(String snapshot) {
    long free = folder.toFile().getUsableSpace();
    return free >= reserveBytes()
        ? null
        : Notice.of(SnapshotNotice.OUT_OF_ROOM, snapshot, folder, free, reserveBytes());
  }

  @Override
  public @Nullable Notice remove(long cutId, @Nullable Taken taken) {
    try {
      Files.deleteIfExists(file(cutId));
      return null;
    } catch (IOException e) {
      return Notice.of(
          SnapshotNotice.NOT_REMOVED, mirror, word(), file(cutId) + ": " + e.getMessage());
    }
  }
}
