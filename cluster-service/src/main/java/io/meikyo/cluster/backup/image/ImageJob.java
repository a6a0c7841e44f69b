// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import io.meikyo.cluster.backup.image.ImageJobs.Request;
import io.meikyo.cluster.backup.image.ImageJobs.State;
import io.meikyo.cluster.backup.image.Snapshots.Snapshot;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Superblock;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One backup being written. Its own thread does the work; {@link #state}, {@link #done} and the
 * like may be asked by any.
 *
 * <pre>
 *   each disk: snapshot ─▶ md1.data.img.part ─▶ verdict ─▶ md1.cluster.img.part, looked at
 *   all: names without .part ─▶ manifest.json
 * </pre>
 *
 * The manifest is written when all else is durable, so that a folder with a manifest holds a
 * backup. Whatever fails before that takes away what was written, and the folder if it is empty
 * then.
 */
final class ImageJob {
  /** How long the agent may be silent while a snapshot is read, ns. */
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);

  /** How often it is looked whether the snapshots stand, and what is known of the replicas, ns. */
  private static final long LOOK = TimeUnit.SECONDS.toNanos(1);

  /**
   * How long a verdict is waited for beyond the time that reading took, ns. Replicas read at most
   * as much for their digest, and began when we did.
   */
  private static final long VERDICT = TimeUnit.MINUTES.toNanos(10);

  /**
   * What a job needs of its surroundings.
   *
   * @param server whose snapshots are read
   * @param product version of what writes
   * @param nanos a clock that only rises, ns
   * @param wallMillis ms since 1970
   */
  record Site(
      String server,
      String product,
      Snapshots snapshots,
      LongSupplier nanos,
      LongSupplier wallMillis) {}

  private final Site site;
  private final Request request;
  private final String id;
  private final Stop stop = new Stop();
  private final List<Notice> notices = new ArrayList<>();
  private final Map<String, ImageWriter.Written> written = new LinkedHashMap<>();
  private volatile State state = State.WRITING;
  private volatile long done;
  private volatile long total;
  private volatile CutStatus verdict = CutStatus.NONE;
  private long lookedAt;

  ImageJob(Site site, Request request) {
    this.site = site;
    this.request = request;
    this.id = ImageJobs.id(request.cut());
  }

  // ---- any thread

  State state() {
    return state;
  }

  long done() {
    return done;
  }

  long total() {
    return total;
  }

  CutStatus verdict() {
    return verdict;
  }

  void stop() {
    stop.say();
  }

  /** The folder with the files; null if none are written. */
  @Nullable Path place() {
    Path folder = request.folder();
    return folder == null ? null : folder.resolve(id);
  }

  // ---- the job's thread

  /** Does all of it; returns what is to be said of it. Once. */
  List<Notice> run() throws ImageProblem, Stop.Stopped {
    long began = site.nanos.getAsLong();
    Map<String, Snapshot> snapshots = look();
    total = snapshots.values().stream().mapToLong(Snapshot::bytes).sum();
    Path place = place();
    for (Snapshot each : snapshots.values()) {
      if (!each.elsewhere().isEmpty()) {
        elsewhere(each, place);
      }
    }
    if (place == null) {
      state = State.WAITING;
      judged(began);
      state = State.KEPT;
      return notices;
    }
    try {
      Files.createDirectory(
          place,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw new ImageProblem(ImageNotice.WRITE_FAILED, place, ImageProblem.reason(e));
    }
    boolean whole = false;
    try {
      for (Snapshot snapshot : snapshots.values()) {
        read(snapshot, place);
      }
      state = State.WAITING;
      Map<String, Snapshot> last = judged(began);
      finish(place, last);
      whole = true;
    } finally {
      if (!whole) {
        clear(place, request.disks().keySet(), notices);
      }
    }
    state = State.COMPLETE;
    return notices;
  }

  /** One that nobody can read here is a backup by itself, and no image. */
  private void elsewhere(Snapshot s, @Nullable Path place) throws ImageProblem {
    if (place != null) {
      throw new ImageProblem(ImageNotice.ELSEWHERE, s.name(), s.elsewhere());
    }
    notices.add(Notice.of(ImageNotice.IS_ELSEWHERE, s.name(), s.elsewhere()));
  }

  /** What was said beside the reason of a failure. */
  List<Notice> notices() {
    return notices;
  }

  private void read(Snapshot snapshot, Path place) throws ImageProblem, Stop.Stopped {
    Path file = ImageFiles.part(place.resolve(ImageFiles.data(snapshot.disk())));
    long before = done;
    try (NbdReader reader = open(snapshot)) {
      stop.wakes(reader::wake);
      if (reader.bytes() != snapshot.bytes()) {
        throw new ImageProblem(
            ImageNotice.SIZE_DIFFERS, snapshot.name(), snapshot.bytes(), reader.bytes());
      }
      Pace pace = new Pace(request.bytesPerSecond(), site.nanos, stop::pause);
      ImageWriter writer =
          new ImageWriter(snapshot.name(), reader, pace, stop, now -> step(before + now));
      written.put(snapshot.disk(), writer.write(file));
    } catch (ImageProblem e) {
      if (e.notice().code().equals(ImageNotice.READ_FAILED.key())) {
        look(); // a snapshot that was lost is a better reason than what its reader says
      }
      throw e;
    } catch (IOException e) {
      // All was read, and the file is durable: how the connection ends does not matter.
      stop.check();
    } finally {
      stop.wakes(null);
    }
    look();
  }

  private NbdReader open(Snapshot snapshot) throws ImageProblem {
    try {
      return NbdReader.open(snapshot.socket(), snapshot.name(), PATIENCE);
    } catch (IOException e) {
      throw new ImageProblem(ImageNotice.READ_FAILED, snapshot.name(), ImageProblem.reason(e));
    }
  }

  private void step(long bytes) throws ImageProblem {
    done = bytes;
    if (site.nanos.getAsLong() - lookedAt >= LOOK) {
      look();
    }
  }

  // ---- the snapshots

  /** All snapshots of this backup; they stand, and their replicas are not known to differ. */
  private Map<String, Snapshot> look() throws ImageProblem {
    lookedAt = site.nanos.getAsLong();
    Map<String, Snapshot> found = new LinkedHashMap<>();
    List<Snapshot> all = site.snapshots.list();
    CutStatus worst = CutStatus.PROVEN;
    for (String disk : request.disks().keySet()) {
      String name = disk + "@" + id;
      Snapshot one =
          all.stream()
              .filter(s -> s.name().equals(name))
              .findFirst()
              .orElseThrow(() -> new ImageProblem(ImageNotice.NO_SNAPSHOT, name));
      if (!one.stands()) {
        throw new ImageProblem(ImageNotice.SNAPSHOT_LOST, name, one.why());
      }
      if (one.verdict() == CutStatus.UNEQUAL || one.verdict() == CutStatus.VOID) {
        verdict = one.verdict();
        throw new ImageProblem(ImageNotice.UNEQUAL, name);
      }
      worst = worse(worst, one.verdict());
      found.put(disk, one);
    }
    verdict = worst;
    return found;
  }

  /** Not known is worse than unproven, and that than proven. */
  private static CutStatus worse(CutStatus a, CutStatus b) {
    if (a == CutStatus.NONE || b == CutStatus.NONE) {
      return CutStatus.NONE;
    }
    return a == CutStatus.UNPROVEN ? a : b;
  }

  /** Waits until it is known of every disk whether its replicas were equal. */
  private Map<String, Snapshot> judged(long began) throws ImageProblem, Stop.Stopped {
    long read = site.nanos.getAsLong() - began;
    long until = site.nanos.getAsLong() + read + VERDICT;
    while (true) {
      stop.check();
      Map<String, Snapshot> now = look();
      if (verdict != CutStatus.NONE) {
        if (verdict != CutStatus.PROVEN) {
          notices.add(Notice.of(ImageNotice.IS_UNPROVEN));
        }
        return now;
      }
      if (site.nanos.getAsLong() - until >= 0) {
        Snapshot open =
            now.values().stream()
                .filter(s -> s.verdict() == CutStatus.NONE)
                .findFirst()
                .orElseThrow();
        throw new ImageProblem(ImageNotice.NO_VERDICT, open.name());
      }
      stop.pause(LOOK);
    }
  }

  // ---- the end

  private void finish(Path place, Map<String, Snapshot> snapshots)
      throws ImageProblem, Stop.Stopped {
    List<Manifest.Disk> disks = new ArrayList<>();
    List<Path> files = new ArrayList<>();
    Superblock any = null;
    for (Snapshot snapshot : snapshots.values()) {
      stop.check();
      String disk = snapshot.disk();
      ImageWriter.Written data = Objects.requireNonNull(written.get(disk));
      Path cluster = place.resolve(ImageFiles.cluster(disk));
      Path part = ImageFiles.part(cluster);
      site.snapshots.clusterImage(disk, id, part);
      Superblock s = ClusterImage.look(part, id, data.bytes());
      if (s.cut().status() != snapshot.verdict()) {
        throw new ImageProblem(
            ImageNotice.PARTITION_BAD,
            part,
            "its cut is " + s.cut().status() + ", the snapshot " + snapshot.verdict());
      }
      any = s;
      files.add(place.resolve(ImageFiles.data(disk)));
      files.add(cluster);
      disks.add(manifest(snapshot, s, data, clusterPart(part, cluster)));
    }
    Manifest manifest =
        new Manifest(
            id,
            request.takenAtMillis(),
            site.wallMillis.getAsLong(),
            site.server,
            request.by(),
            Objects.requireNonNull(any).identity().clusterId(),
            site.product,
            disks);
    try {
      for (Path file : files) {
        ImageFiles.whole(file);
      }
      ImageFiles.sync(place);
      stop.check();
      ImageFiles.write(place.resolve(Manifest.FILE), manifest.text());
      ImageFiles.sync(Objects.requireNonNull(place.getParent()));
    } catch (IOException e) {
      throw new ImageProblem(ImageNotice.WRITE_FAILED, place, ImageProblem.reason(e));
    }
  }

  private Manifest.Disk manifest(
      Snapshot snapshot, Superblock s, ImageWriter.Written data, Manifest.Part cluster) {
    String disk = snapshot.disk();
    ImageJobs.Still still = Objects.requireNonNull(request.disks().get(disk));
    return new Manifest.Disk(
        disk,
        s.identity().diskId(),
        s.identity().replica(),
        still.active(),
        data.bytes(),
        Long.toHexString(s.cut().generation()),
        s.cut().epoch(),
        s.cut().status(),
        ClusterImage.digest(s),
        snapshot.provenAtMillis(),
        still.heldMicros(),
        still.stalledMicros(),
        new Manifest.Part(ImageFiles.data(disk), data.bytes(), data.sha256()),
        cluster);
  }

  private static Manifest.Part clusterPart(Path part, Path file) throws ImageProblem {
    try {
      ImageFiles.sync(part);
      return new Manifest.Part(
          String.valueOf(file.getFileName()), Files.size(part), ImageFiles.sha256(part, _ -> {}));
    } catch (IOException e) {
      throw new ImageProblem(ImageNotice.WRITE_FAILED, part, ImageProblem.reason(e));
    }
  }

  /**
   * Takes away what a backup without a manifest has left. Only files of its own names; a folder
   * that holds something else stays.
   *
   * @param said takes what could not be taken away
   */
  static void clear(Path place, Iterable<String> disks, List<Notice> said) {
    try {
      // First of all: without it the rest is no backup, wherever this is interrupted.
      Files.deleteIfExists(place.resolve(Manifest.FILE));
      Files.deleteIfExists(ImageFiles.part(place.resolve(Manifest.FILE)));
      for (String disk : disks) {
        for (String name : List.of(ImageFiles.data(disk), ImageFiles.cluster(disk))) {
          Files.deleteIfExists(place.resolve(name));
          Files.deleteIfExists(ImageFiles.part(place.resolve(name)));
        }
      }
      Files.deleteIfExists(place);
    } catch (NoSuchFileException e) {
      return; // there is nothing
    } catch (DirectoryNotEmptyException e) {
      said.add(Notice.of(ImageNotice.LEFT_OVER, place, "there are files that are not ours"));
    } catch (IOException e) {
      said.add(Notice.of(ImageNotice.LEFT_OVER, place, ImageProblem.reason(e)));
    }
  }
}
