// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import io.meikyo.core.notice.Notice;
import io.meikyo.linux.Descriptors;
import io.meikyo.linux.Errno;
import io.meikyo.linux.LinuxException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The built-in provider: files that are filled by copying before writing. An open file is kept
 * ready, so that a hold does not wait for the file system of the folder to make one.
 */
final class StoreFolder implements Provider {
  private static final int CHUNK = Origin.CHUNK;

  /** A store with less room is lost before it is of any use. */
  private static final long LEAST_BYTES = 8L << 20;

  /** Of 16 TiB, as large as a mirror disk may be. */
  private static final long SLOTS_MAX = 1 << 28;

  private static final String SUFFIX = ".store";

  private record Ready(int fd, Path file) {}

  private final String mirror;
  private final SnapshotPlace place;
  private final long diskBytes;
  private final List<Supplier<@Nullable Path>> devices;
  private final ToLongFunction<Path> room;

  private @Nullable Ready ready;
  private int made;

  /**
   * Does nothing yet.
   *
   * @param devices block devices of the mirror disks of this server, while they have one
   * @param room bytes that are free where a folder is
   */
  StoreFolder(
      String mirror,
      SnapshotPlace place,
      long diskBytes,
      List<Supplier<@Nullable Path>> devices,
      ToLongFunction<Path> room) {
    this.mirror = mirror;
    this.place = place;
    this.diskBytes = diskBytes;
    this.devices = devices;
    this.room = room;
  }

  @Override
  public String word() {
    return ProviderSpec.Kind.BUILT_IN.word();
  }

  @Override
  public String place() {
    return place.folder().toString();
  }

  /** A store is worth nothing without the table in memory that says what lies where. */
  @Override
  public boolean outlives() {
    return false;
  }

  @Override
  public Set<Long> list() {
    return Set.of();
  }

  @Override
  public Taken find(long cutId, String where) {
    throw new IllegalStateException("no store outlives the agent");
  }

  /**
   * Removes what former lives have left, and makes a file ready.
   *
   * @return what to say
   */
  @Override
  public List<Notice> begin() {
    List<Notice> said = new ArrayList<>();
    int removed = 0;
    if (Files.isDirectory(place.folder())) {
      try (DirectoryStream<Path> all = Files.newDirectoryStream(place.folder(), this::isOurs)) {
        for (Path file : all) {
          removed += Files.size(file) > 0 ? 1 : 0; // the one that was ready is nobody's loss
          Files.delete(file);
        }
      } catch (IOException | DirectoryIteratorException e) {
        said.add(
            Notice.of(
                SnapshotNotice.LEFTOVERS_STAY,
                mirror,
                place.folder(),
                String.valueOf(e.getMessage())));
      }
    }
    if (removed > 0) {
      said.add(Notice.of(SnapshotNotice.LEFTOVERS, mirror, removed, place.folder()));
    }
    makeReady();
    return said;
  }

  /** A mirror disk may be called as another one with more behind: md1 and md1-a. */
  private boolean isOurs(Path file) {
    String name = String.valueOf(file.getFileName());
    String begin = mirror + "-";
    return name.length() > begin.length() + SUFFIX.length()
        && name.startsWith(begin)
        && name.endsWith(SUFFIX)
        && name.substring(begin.length(), name.length() - SUFFIX.length()).matches("[0-9]+");
  }

  /** If it cannot be made now, that is said when a snapshot is wanted. */
  private void makeReady() {
    if (ready == null) {
      try {
        ready = make();
      } catch (NotTaken e) {
        ready = null;
      }
    }
  }

  private Ready make() throws NotTaken {
    Path folder = place.folder();
    try {
      if (!Files.isDirectory(folder)) {
        Files.createDirectories(
            folder,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
      Path file = folder.resolve(mirror + "-" + made++ + SUFFIX);
      int flags =
          Descriptors.O_RDWR | Descriptors.O_DIRECT | Descriptors.O_CREAT | Descriptors.O_TRUNC;
      return new Ready(Descriptors.open(file, flags), file);
    } catch (LinuxException e) {
      throw new NotTaken(
          Notice.of(SnapshotNotice.NO_FOLDER, mirror, folder, Errno.sentence(e.errno())));
    } catch (IOException e) {
      throw new NotTaken(
          Notice.of(SnapshotNotice.NO_FOLDER, mirror, folder, String.valueOf(e.getMessage())));
    }
  }

  /**
   * Opens a store with what room there is.
   *
   * @throws NotTaken there is none: no room, no right, or the folder lies on a mirror disk itself
   */
  @Override
  public Taken.Store take(long cutId, long nanos) throws NotTaken {
    Path folder = place.folder();
    Ready now = ready;
    ready = null;
    if (now == null || !Files.exists(now.file)) {
      if (now != null) {
        Descriptors.close(now.fd); // somebody has removed it
      }
      now = make();
    }
    boolean taken = false;
    try {
      if (devices.stream().anyMatch(device -> StandsOn.device(folder, device.get()))) {
        throw new NotTaken(Notice.of(SnapshotNotice.ON_MIRROR, mirror, folder));
      }
      long free = room.applyAsLong(folder);
      long wanted = place.bytesFor(diskBytes);
      long least = Math.min(LEAST_BYTES, wanted);
      long cap = Math.min(wanted, free - free / 10);
      if (cap < least) {
        throw new NotTaken(Notice.of(SnapshotNotice.NO_ROOM, mirror, folder, free, least));
      }
      taken = true;
      return new Taken.Store(
          now.fd, now.file, (int) Math.min(SLOTS_MAX, (cap + CHUNK - 1) / CHUNK));
    } finally {
      if (!taken) {
        ready = now;
      }
    }
  }

  /** After one was opened: the next one will be wanted some day. */
  @Override
  public void afterTake() {
    makeReady();
  }

  @Override
  public @Nullable Notice remove(long cutId, @Nullable Taken taken) {
    if (!(taken instanceof Taken.Store store)) {
      return null; // what is opened but not used stays ready
    }
    try {
      Files.deleteIfExists(store.file());
      return null;
    } catch (IOException e) {
      return Notice.of(
          SnapshotNotice.LEFTOVERS_STAY, mirror, store.file(), String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void close() {
    Ready left = ready;
    ready = null;
    if (left != null) {
      Descriptors.close(left.fd);
      left.file.toFile().delete();
    }
  }
}
