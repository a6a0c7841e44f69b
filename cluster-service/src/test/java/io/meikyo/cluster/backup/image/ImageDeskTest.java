// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.meikyo.cluster.backup.image.ImageJobs.State;
import io.meikyo.cluster.backup.image.ImageJobs.Still;
import io.meikyo.cluster.backup.image.ImageJobs.View;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.Mounts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whole backups against the product's NBD server and cluster partitions in the real format. However
 * one fails, there is no manifest, nothing of its files, and its snapshots are deleted.
 */
class ImageDeskTest {
  private static final long CUT = 0xc07;
  private static final int SIZE = 6 << 20;
  private static final long TAKEN = 1_795_435_200_000L;

  @TempDir private Path temp;
  private Path state;
  private Path target;
  private ServedDisk disk;
  private final FakeSnapshots snapshots = new FakeSnapshots();
  private final List<Notice> log = new CopyOnWriteArrayList<>();
  private final BlockingQueue<String> ends = new LinkedBlockingQueue<>();
  private final AtomicLong nanos = new AtomicLong();
  private final AtomicLong wall = new AtomicLong(TAKEN + 5000);
  private final List<ImageDesk> desks = new ArrayList<>();

  @BeforeEach
  void serve() throws Exception {
    state = Files.createDirectory(temp.resolve("state"));
    target = Files.createDirectory(temp.resolve("target"));
    disk = new ServedDisk(SIZE, "md1@c07", "md2@c07").fill(1 << 20, 1 << 20, 3);
    snapshots.stands("md1@c07", SIZE, disk.socket);
  }

  @AfterEach
  void close() throws Exception {
    desks.forEach(ImageDesk::close);
    disk.close();
  }

  private ImageDesk desk() {
    ImageDesk desk =
        new ImageDesk(
            new Catalogue(state.resolve("backups"), log::add),
            new Places(() -> null),
            new ImageJob.Site("server2", "0.1.0", snapshots, nanos::get, wall::get),
            notice -> {
              log.add(notice);
              if (Set.of("image.is-complete", "image.is-kept", "image.has-failed")
                  .contains(notice.code())) {
                ends.add(notice.code());
              }
            });
    desks.add(desk);
    return desk;
  }

  private ImageJobs.Request request(@Nullable Path folder, String... disks) {
    TreeMap<String, Still> all = new TreeMap<>();
    for (String name : disks) {
      all.put(name, new Still("server1", 4321, 37_000));
    }
    return new ImageJobs.Request(CUT, all, folder, 0, "me", TAKEN);
  }

  private void ends(String how) throws InterruptedException {
    assertThat(ends.poll(30, TimeUnit.SECONDS)).as(log.toString()).isEqualTo("image." + how);
  }

  private static View look(ImageDesk desk) {
    View view = desk.look("c07");
    assertThat(view).isNotNull();
    return java.util.Objects.requireNonNull(view);
  }

  private static List<String> codes(View view) {
    return view.notices().stream().map(Notice::code).toList();
  }

  private List<String> files() throws Exception {
    try (Stream<Path> all = Files.walk(target)) {
      return all.filter(p -> !p.equals(target))
          .map(p -> target.relativize(p).toString())
          .sorted()
          .toList();
    }
  }

  /** It failed for this reason, nothing of it is left, and its snapshots are asked to go. */
  private void failed(ImageDesk desk, String... codes) throws Exception {
    ends("has-failed");
    View view = look(desk);
    assertThat(view.state()).isEqualTo(State.FAILED);
    assertThat(codes(view)).containsExactly(codes);
    assertThat(view.place()).isNull();
    assertThat(files()).isEmpty();
    desk.care();
    assertThat(snapshots.deleted()).contains("delete md1@c07");
  }

  // ---- a good one

  @Test
  void aWholeBackup() throws Exception {
    disk.fill(SIZE - 700, 700, 9);
    snapshots.stands("md2@c07", SIZE, disk.socket);
    snapshots.judged("md1@c07", CutStatus.PROVEN).judged("md2@c07", CutStatus.PROVEN);
    ImageDesk desk = desk();
    assertThat(desk.start(request(target, "md1", "md2")).state())
        .isIn(State.WRITING, State.WAITING);
    ends("is-complete");
    View view = look(desk);
    assertThat(view.state()).isEqualTo(State.COMPLETE);
    assertThat(view.verdict()).isEqualTo(CutStatus.PROVEN);
    assertThat(view.done()).isEqualTo(view.total()).isEqualTo(2L * SIZE);
    assertThat(codes(view)).isEmpty();
    Path place = target.resolve("c07");
    assertThat(view.place()).isEqualTo(place);
    assertThat(files())
        .containsExactly(
            "c07",
            "c07/manifest.json",
            "c07/md1.cluster.img",
            "c07/md1.data.img",
            "c07/md2.cluster.img",
            "c07/md2.data.img");
    assertThat(Files.readAllBytes(place.resolve("md1.data.img"))).isEqualTo(disk.all());
    Manifest m = ImageCheck.manifest(place);
    assertThat(m.takenAtMillis()).isEqualTo(TAKEN);
    assertThat(m.completedAtMillis()).isEqualTo(TAKEN + 5000);
    assertThat(m.server()).isEqualTo("server2");
    Manifest.Disk md1 = m.disks().getFirst();
    assertThat(md1.active()).isEqualTo("server1");
    assertThat(md1.heldMicros()).isEqualTo(4321);
    assertThat(md1.replica()).isEqualTo(1);
    assertThat(md1.epoch()).isEqualTo(17);
    assertThat(md1.provenAtMillis()).isEqualTo(FakeSnapshots.PROVEN_AT);
    assertThat(new ImageCheck(place, (_, _, _) -> {}).run().good()).isTrue();
    assertThat(snapshots.deleted()).containsExactly("delete md1@c07", "delete md2@c07");

    // The next life knows it.
    desk.close();
    assertThat(look(desk()).state()).isEqualTo(State.COMPLETE);
    assertThat(files()).hasSize(6);
  }

  @Test
  void oneThatIsElsewhereIsABackupOnlyWithoutAnImage() throws Exception {
    snapshots.judged("md1@c07", CutStatus.UNPROVEN).elsewhere("md1@c07", "snap-07 in the cloud");
    ImageDesk desk = desk();
    desk.start(request(target, "md1"));
    failed(desk, "image.elsewhere");
  }

  @Test
  void oneThatIsElsewhereIsKept() throws Exception {
    snapshots.judged("md1@c07", CutStatus.UNPROVEN).elsewhere("md1@c07", "snap-07 in the cloud");
    ImageDesk desk = desk();
    desk.start(request(null, "md1"));
    ends("is-kept");
    assertThat(codes(look(desk))).containsExactly("image.is-elsewhere", "image.is-unproven");
    assertThat(look(desk).notices().getFirst().toString()).contains("snap-07 in the cloud");
    assertThat(snapshots.deleted()).isEmpty();
  }

  @Test
  void whatAFormerLifeCouldNotDeleteIsDeletedByTheNext() throws Exception {
    snapshots.judged("md1@c07", CutStatus.PROVEN);
    ImageDesk desk = desk();
    desk.start(request(target, "md1"));
    ends("is-complete");
    desk.close();
    // The agent was away when it was to be deleted, and what it had has outlived all of them.
    snapshots.stands("md1@c07", SIZE, disk.socket).adopted("md1@c07", "backup c07");
    snapshots.stands("md1@c09", SIZE, disk.socket).adopted("md1@c09", "somebody else");
    desk().care();
    assertThat(snapshots.has("md1@c07")).isFalse();
    assertThat(snapshots.has("md1@c09")).isTrue();
  }

  @Test
  void anUnprovenOneSaysSo() throws Exception {
    snapshots.judged("md1@c07", CutStatus.UNPROVEN);
    ImageDesk desk = desk();
    desk.start(request(target, "md1"));
    ends("is-complete");
    assertThat(codes(look(desk))).containsExactly("image.is-unproven");
    ImageCheck.Result check = new ImageCheck(target.resolve("c07"), (_, _, _) -> {}).run();
    assertThat(check.good()).isTrue();
    assertThat(check.notices().stream().map(Notice::code)).contains("image.disk-unproven");
  }

  @Test
  void theVerdictIsWaitedFor() throws Exception {
    ImageDesk desk = desk();
    desk.start(request(target, "md1"));
    awaitState(desk, State.WAITING);
    assertThat(target.resolve("c07/manifest.json")).doesNotExist();
    snapshots.judged("md1@c07", CutStatus.PROVEN);
    ends("is-complete");
  }

  private static void awaitState(ImageDesk desk, State wanted) {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (look(desk).state() != wanted) {
      assertThat(System.nanoTime()).as(look(desk).toString()).isLessThan(until);
      LockSupport.parkNanos(1_000_000);
    }
  }

  // ---- failures

  @Test
  void aSnapshotThatIsLostInTheMiddle() throws Exception {
    snapshots.judged("md1@c07", CutStatus.PROVEN);
    disk.hold();
    ImageDesk desk = desk();
    desk.start(request(target, "md1"));
    disk.awaitHeld(() -> log.toString());
    disk.failAt(3 << 20, 5);
    snapshots.lost("md1@c07", "the store is full");
    disk.release();
    failed(desk, "image.snapshot-lost");
    assertThat(look(desk).notices().getFirst().toString()).contains("the store is full");
  }

  @Test
  void aDiskThatCannotBeRead() throws Exception {
    snapshots.judged("md1@c07", CutStatus.PROVEN);
    disk.failAt(SIZE - 1, 5);
    ImageDesk desk = desk();
    desk.start(request(target, "md1"));
    failed(desk, "image.read-failed");
  }

  @Test
  void aConnectionThatBreaks() throws Exception {
    snapshots.judged("md1@c07", CutStatus.PROVEN);
    disk.hold();
    ImageDesk desk = desk();
    desk.start(request(target, "md1"));
    disk.awaitHeld(() -> log.toString());
    disk.remove("md1@c07");
    disk.release();
    failed(desk, "image.read-failed");
  }

  @Test
  void replicasThatDiffer() throws Exception {
    ImageDesk desk = desk();
    desk.start(request(target, "md1"));
    awaitState(desk, State.WAITING);
    snapshots.judged("md1@c07", CutStatus.UNEQUAL);
    failed(desk, "image.unequal");
    assertThat(look(desk).verdict()).isEqualTo(CutStatus.UNEQUAL);
  }

  @Test
  void aSnapshotThatIsLostAfterItWasRead() throws Exception {
    ImageDesk desk = desk();
    desk.start(request(target, "md1"));
    awaitState(desk, State.WAITING);
    snapshots.lost("md1@c07", "its store failed");
    failed(desk, "image.snapshot-lost");
  }

  @Test
  void aVerdictThatDoesNotCome() throws Exception {
    ImageDesk desk = desk();
    desk.start(request(target, "md1"));
    awaitState(desk, State.WAITING);
    nanos.addAndGet(TimeUnit.MINUTES.toNanos(10));
    failed(desk, "image.no-verdict");
  }

  @Test
  void anAgentThatGoes() throws Exception {
    ImageDesk desk = desk();
    desk.start(request(target, "md1"));
    awaitState(desk, State.WAITING);
    snapshots.trouble(new ImageProblem(ImageNotice.NO_AGENT, "connection refused"));
    ends("has-failed");
    assertThat(codes(look(desk))).containsExactly("image.no-agent");
    assertThat(files()).isEmpty();
    // Its snapshot is deleted as soon as it answers again.
    desk.care();
    assertThat(snapshots.deleted()).isEmpty();
    snapshots.trouble(null);
    desk.care();
    assertThat(snapshots.deleted()).containsExactly("delete md1@c07");
    desk.care();
    assertThat(snapshots.deleted()).hasSize(1);
  }

  @Test
  void aClusterPartitionOfAnotherCut() throws Exception {
    snapshots.judged("md1@c07", CutStatus.PROVEN);
    snapshots.otherCut("c08");
    ImageDesk desk = desk();
    desk.start(request(target, "md1"));
    failed(desk, "image.partition-bad");
  }

  @Test
  void aClusterPartitionOfAnotherVerdict() throws Exception {
    snapshots.judged("md1@c07", CutStatus.UNPROVEN);
    snapshots.otherVerdict(CutStatus.PROVEN);
    ImageDesk desk = desk();
    desk.start(request(target, "md1"));
    ends("has-failed");
    assertThat(codes(look(desk))).contains("image.partition-bad");
    assertThat(files()).isEmpty();
  }

  @Test
  void twoDisksAreWorthWhatTheWorseOneIs() throws Exception {
    snapshots.judged("md1@c07", CutStatus.UNPROVEN);
    snapshots.stands("md2@c07", SIZE, disk.socket);
    ImageDesk desk = desk();
    desk.start(request(target, "md1", "md2"));
    awaitState(desk, State.WAITING);
    assertThat(look(desk).verdict()).isEqualTo(CutStatus.NONE);
    snapshots.judged("md2@c07", CutStatus.PROVEN);
    ends("is-complete");
    assertThat(look(desk).verdict()).isEqualTo(CutStatus.UNPROVEN);
    assertThat(ImageCheck.manifest(target.resolve("c07")).disks())
        .extracting(Manifest.Disk::verdict)
        .containsExactly(CutStatus.UNPROVEN, CutStatus.PROVEN);
  }

  @Test
  void anotherSizeThanWasSaid() throws Exception {
    snapshots.stands("md1@c07", SIZE / 2, disk.socket).judged("md1@c07", CutStatus.PROVEN);
    ImageDesk desk = desk();
    desk.start(request(target, "md1"));
    failed(desk, "image.size-differs");
  }

  @Test
  void aSecondDiskThatFailsTakesTheFirstWithIt() throws Exception {
    snapshots.judged("md1@c07", CutStatus.PROVEN);
    snapshots.stands("md2@c07", SIZE, temp.resolve("nobody")).judged("md2@c07", CutStatus.PROVEN);
    ImageDesk desk = desk();
    desk.start(request(target, "md1", "md2"));
    failed(desk, "image.read-failed");
    assertThat(snapshots.deleted()).contains("delete md2@c07");
  }

  @Test
  void aFullDisk() throws Exception {
    assumeThat(System.getProperty("user.name")).as("mounting needs root").isEqualTo("root");
    try {
      Mounts.mount("tmpfs", target, "tmpfs", 0, "size=512k");
    } catch (LinuxException e) {
      assumeThat(false).as("no mount here: " + e.getMessage()).isTrue();
    }
    try {
      snapshots.judged("md1@c07", CutStatus.PROVEN);
      ImageDesk desk = desk();
      assertThat(desk.against(target, List.of("md1")).stream().map(Notice::code))
          .containsExactly("image.no-room");
      // The room may also go after the look.
      desk.start(request(target, "md1"));
      failed(desk, "image.write-failed");
      assertThat(look(desk).notices().getFirst().toString()).contains("No space left");
    } finally {
      Mounts.unmount(target, 0);
    }
  }

  @Test
  void aDiskThatIsFullOnlyForTheClusterPartition() throws Exception {
    assumeThat(System.getProperty("user.name")).as("mounting needs root").isEqualTo("root");
    try {
      Mounts.mount("tmpfs", target, "tmpfs", 0, "size=1100k");
    } catch (LinuxException e) {
      assumeThat(false).as("no mount here: " + e.getMessage()).isTrue();
    }
    try {
      ImageDesk desk = desk();
      desk.start(request(target, "md1"));
      awaitState(desk, State.WAITING);
      snapshots.judged("md1@c07", CutStatus.PROVEN);
      // What the agent's part does there is an exception of the test's; ours is to clear up.
      failed(desk, "image.broken");
    } finally {
      Mounts.unmount(target, 0);
    }
  }

  @Test
  void aCancelledOne() throws Exception {
    disk.hold();
    ImageDesk desk = desk();
    desk.start(request(target, "md1"));
    disk.awaitHeld(() -> log.toString());
    assertThat(desk.cancel("c07")).isTrue();
    failed(desk, "image.cancelled");
    assertThat(desk.cancel("c07")).isFalse();
  }

  // ---- not begun

  @Test
  void whatCannotBeAdoptedIsNotBegun() throws Exception {
    ImageDesk desk = desk();
    View view = desk.start(request(target, "md1", "md2"));
    assertThat(view.state()).isEqualTo(State.FAILED);
    assertThat(codes(view)).containsExactly("image.agent-refused");
    assertThat(files()).isEmpty();
    assertThat(snapshots.deleted()).contains("delete md1@c07");
  }

  @Test
  void oneOfACut() throws Exception {
    snapshots.judged("md1@c07", CutStatus.PROVEN);
    ImageDesk desk = desk();
    desk.start(request(target, "md1"));
    ends("is-complete");
    assertThat(codes(desk.start(request(target, "md1")))).containsExactly("image.twice");
    assertThat(look(desk).state()).isEqualTo(State.COMPLETE);
    assertThat(codes(desk.start(request(target)))).containsExactly("image.no-disks");
  }

  @Test
  void aFolderThatIsThereIsNotTouched() throws Exception {
    Path mine = Files.createDirectory(target.resolve("c07"));
    Files.writeString(mine.resolve("md1.data.img"), "mine");
    snapshots.judged("md1@c07", CutStatus.PROVEN);
    ImageDesk desk = desk();
    desk.start(request(target, "md1"));
    ends("has-failed");
    assertThat(codes(look(desk))).containsExactly("image.write-failed");
    assertThat(mine.resolve("md1.data.img")).hasContent("mine");
  }

  @Test
  void whatSpeaksAgainstIsSaidBefore() throws Exception {
    ImageDesk desk = desk();
    assertThat(desk.against(target, List.of("md1"))).isEmpty();
    assertThat(desk.against(null, List.of("md1"))).isEmpty();
    assertThat(codes(desk.against(temp.resolve("none"), List.of("md1"))))
        .containsExactly("image.folder-bad");
    assertThat(codes(desk.against(Path.of("here"), List.of("md1"))))
        .containsExactly("image.folder-not-absolute");
    snapshots.trouble(new ImageProblem(ImageNotice.NO_AGENT, "gone"));
    assertThat(codes(desk.against(target, List.of("md1")))).containsExactly("image.no-agent");
    assertThat(files()).isEmpty();
  }

  private static List<String> codes(List<Notice> notices) {
    return notices.stream().map(Notice::code).toList();
  }

  // ---- another life

  /** As a process leaves it that dies while it writes. */
  private void dies(boolean manifest) throws Exception {
    snapshots.judged("md1@c07", CutStatus.PROVEN);
    ImageDesk desk = desk();
    desk.start(request(target, "md1"));
    ends("is-complete");
    desk.close();
    Path place = target.resolve("c07");
    if (!manifest) {
      Files.delete(place.resolve(Manifest.FILE));
      Files.move(place.resolve("md1.cluster.img"), place.resolve("md1.cluster.img.part"));
    }
    Path entry = state.resolve("backups/c07.json");
    String text = Files.readString(entry).replace("\"COMPLETE\"", "\"WRITING\"");
    Files.writeString(entry, text.replaceAll("\"endedAtMillis\": \\d+", "\"endedAtMillis\": 0"));
    snapshots.stands("md1@c07", SIZE, disk.socket);
    snapshots.asked.clear();
  }

  @Test
  void whatWasUnderWayWhenTheServiceDiedHasFailed() throws Exception {
    dies(false);
    failed(desk(), "image.interrupted");
    // And it stays so.
    assertThat(look(desk()).state()).isEqualTo(State.FAILED);
  }

  @Test
  void whatHasItsManifestIsComplete() throws Exception {
    dies(true);
    ImageDesk desk = desk();
    assertThat(look(desk).state()).isEqualTo(State.COMPLETE);
    assertThat(new ImageCheck(target.resolve("c07"), (_, _, _) -> {}).run().good()).isTrue();
    desk.care();
    assertThat(snapshots.deleted()).containsExactly("delete md1@c07");
  }

  @Test
  void aTornManifestIsNone() throws Exception {
    dies(true);
    Path manifest = target.resolve("c07/manifest.json");
    String text = Files.readString(manifest);
    Files.writeString(manifest, text.substring(0, text.length() / 2));
    failed(desk(), "image.interrupted");
  }

  @Test
  void aServiceThatStopsEndsWhatIsUnderWay() throws Exception {
    disk.hold();
    ImageDesk desk = desk();
    desk.start(request(target, "md1"));
    disk.awaitHeld(() -> log.toString());
    desk.close();
    ends("has-failed");
    assertThat(files()).isEmpty();
    assertThat(codes(look(desk()))).containsExactly("image.interrupted");
  }

  @Test
  void aDamagedEntryIsSaidAndLeft() throws Exception {
    Path folder = Files.createDirectory(state.resolve("backups"));
    Path bad = Files.writeString(folder.resolve("c09.json"), "{\"id\": \"c09\"");
    ImageDesk desk = desk();
    assertThat(desk.all()).isEmpty();
    assertThat(codes(log)).containsExactly("image.catalogue-failed");
    assertThat(bad).exists();
  }

  // ---- kept snapshots

  private ImageDesk keep() throws Exception {
    snapshots.judged("md1@c07", CutStatus.PROVEN);
    ImageDesk desk = desk();
    desk.start(request(null, "md1"));
    ends("is-kept");
    return desk;
  }

  @Test
  void keptSnapshotsStandUntilTheyAreOld() throws Exception {
    ImageDesk desk = keep();
    assertThat(look(desk).state()).isEqualTo(State.KEPT);
    assertThat(files()).isEmpty();
    wall.addAndGet(TimeUnit.HOURS.toMillis(23));
    desk.care();
    assertThat(look(desk).state()).isEqualTo(State.KEPT);
    assertThat(snapshots.has("md1@c07")).isTrue();
    wall.addAndGet(TimeUnit.HOURS.toMillis(1));
    desk.care();
    assertThat(look(desk).state()).isEqualTo(State.GONE);
    assertThat(codes(look(desk))).containsExactly("image.kept-over");
    assertThat(snapshots.has("md1@c07")).isFalse();
  }

  @Test
  void keptSnapshotsThatAreLostAreKeptNoMore() throws Exception {
    ImageDesk desk = keep();
    snapshots.lost("md1@c07", "the store is full");
    desk.care();
    assertThat(look(desk).state()).isEqualTo(State.GONE);
    assertThat(look(desk).notices().getFirst().toString()).contains("the store is full");
  }

  @Test
  void keptSnapshotsSurviveTheServiceAndNotTheAgent() throws Exception {
    keep().close();
    ImageDesk next = desk();
    snapshots.trouble(new ImageProblem(ImageNotice.NO_AGENT, "gone"));
    next.care();
    assertThat(look(next).state()).isEqualTo(State.KEPT);
    snapshots.trouble(null);
    next.care();
    assertThat(look(next).state()).isEqualTo(State.KEPT);
    snapshots.delete("md1", "c07");
    next.care();
    assertThat(look(next).state()).isEqualTo(State.GONE);
  }
}
