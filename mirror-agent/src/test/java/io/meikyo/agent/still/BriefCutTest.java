// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.still;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.still.FileSystems.How;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.linux.DeviceNumber;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A cut that is let go at once, of two disks, one mounted in the other; and every failure. */
@Timeout(60)
class BriefCutTest {
  private static final long MILLI = 1_000_000L;
  private static final List<String> BOTH = List.of("md1", "md2");

  @TempDir private Path folder;
  private final List<String> did = new CopyOnWriteArrayList<>();
  private final List<String> log = new CopyOnWriteArrayList<>();
  private final AtomicLong clock = new AtomicLong(1_000_000 * MILLI);
  private final AtomicLong ids = new AtomicLong(0x10);
  private final FakeFiles files = new FakeFiles(did);
  private Path note;
  private FakeDisk md1;
  private FakeDisk md2;
  private StillPoint still;

  private static final FreezeKeeper KEEPER =
      new FreezeKeeper() {
        @Override
        public void frozen(String name, int fd, long deadline) {}

        @Override
        public void thawed(String name) {}
      };

  @BeforeEach
  void make() throws Exception {
    Path outer = Files.createDirectory(folder.resolve("srv"));
    Path inner = Files.createDirectory(outer.resolve("inner"));
    files.mounts.add(new StillMount("md1", new DeviceNumber(7, 1), outer));
    files.mounts.add(new StillMount("md2", new DeviceNumber(7, 2), inner));
    note = folder.resolve("frozen");
    md1 = new FakeDisk("md1", did, KEEPER, Path.of("/dev/loop1"));
    md2 = new FakeDisk("md2", did, KEEPER, Path.of("/dev/loop2"));
    still =
        new StillPoint(
            files,
            new FrozenNote(note, 7),
            notice -> log.add(notice.code()),
            clock::get,
            () -> 4711,
            ids::getAndIncrement);
    still.add(md1);
    still.add(md2);
  }

  @AfterEach
  void end() {
    still.close();
  }

  private StillPoint.Result cut() throws InterruptedException {
    return still.cut(BOTH, 1500, 0xc07, "somebody");
  }

  private static List<String> codes(StillPoint.Result result) {
    return result.said().stream().map(Notice::code).toList();
  }

  /** Nothing stands, nothing is frozen, and this server's snapshots are not kept. */
  private void undone(StillPoint.Result result) throws InterruptedException {
    assertThat(result.status()).isEqualTo(StillPoint.FAILED);
    assertThat(result.facts()).isEmpty();
    assertThat(did).endsWith("forget md1@c07", "forget md2@c07");
    assertThat(still.standing()).isNull();
    assertThat(note).doesNotExist();
    assertThat(still.thaw(BOTH).status()).as("no image was promised").isZero();
  }

  @Test
  void rule10AllIsLetGoAsSoonAsTheLastCutStands() throws Exception {
    // Nobody waits for the proof: it comes after the writes have gone on.
    md1.verdict = CutStatus.NONE;
    md2.verdict = CutStatus.NONE;
    files.at.put("freeze md2", () -> clock.addAndGet(5 * MILLI));
    files.at.put("freeze md1", () -> clock.addAndGet(7 * MILLI));
    md2.atCut = () -> clock.addAndGet(3 * MILLI);
    files.at.put("thaw md1", () -> clock.addAndGet(11 * MILLI));

    StillPoint.Result result = cut();

    assertThat(result.status()).as("%s", result.said()).isZero();
    assertThat(did)
        .containsExactly(
            "sync md2",
            "sync md1",
            "sync md2",
            "sync md1",
            "freeze md2",
            "freeze md1",
            "hold md1",
            "hold md2",
            "cut md1",
            "cut md2",
            "release md1",
            "release md2",
            "thaw md1",
            "thaw md2");
    assertThat(md1.backupMode).as("no flag is raised").isFalse();
    assertThat(md2.backupMode).isFalse();
    assertThat(result.facts())
        .containsEntry("cut", "c07")
        .containsEntry("frozen.md1", true)
        .containsEntry("held.md1", 3000L)
        .containsEntry("held.md2", 3000L)
        .containsEntry("stalled.md1", 21_000L)
        .containsEntry("stalled.md2", 26_000L)
        .containsEntry("wallMillis", 4711L);
    assertThat(codes(result)).containsExactly("still.cut-stands", "still.cut-stands");
    assertThat(still.standing()).isNull();
    assertThat(note).doesNotExist();
    assertThat(still.thaw(BOTH).facts()).containsEntry("outcome.md1", "NONE");
    assertThat(cut().status()).as("another one").isZero();
  }

  @Test
  void theDeadlineIsInMillisecondsAndTheSameForAll() throws Exception {
    cut();
    assertThat(md1.deadline).isEqualTo(clock.get() + 1500 * MILLI).isEqualTo(md2.deadline);
  }

  @Test
  void aRawDiskIsHeldWithoutAFreeze() throws Exception {
    files.mounts.clear();
    md1.atCut = () -> clock.addAndGet(2 * MILLI);

    StillPoint.Result result = cut();

    assertThat(did)
        .containsExactly(
            "hold md1", "hold md2", "cut md1", "cut md2", "release md1", "release md2");
    assertThat(result.facts())
        .containsEntry("frozen.md1", false)
        .containsEntry("held.md1", 2000L)
        .containsEntry("stalled.md1", 2000L);
  }

  @Test
  void whatCannotBeHeldIsRefusedBeforeAnythingIsDone() throws Exception {
    md2.obstacle = Notice.of(StillNotice.NOT_EQUAL, "md2", "server2");
    md1.secondsMax = 1;

    StillPoint.Result result = cut();

    assertThat(result.status()).isEqualTo(StillPoint.REFUSED);
    assertThat(codes(result)).containsExactly("still.too-long", "still.not-equal");
    assertThat(did).isEmpty();
  }

  @Test
  void whileABackupStandsItIsRefusedAndTheOtherWayRoundNothingIsLeft() throws Exception {
    assertThat(still.freeze(BOTH, 60, 0xc08, "another").status()).isZero();
    assertThat(codes(cut())).containsExactly("still.stands");
    assertThat(still.thaw(BOTH).facts()).containsEntry("outcome.md1", "GOOD");
    assertThat(cut().status()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"hold", "cut"})
  void aStepThatFailsOnTheSecondIsUndoneOnBoth(String command) throws Exception {
    md2.refuses = command;

    StillPoint.Result result = cut();

    assertThat(codes(result))
        .containsExactly("mirror.hold-not-standing", "still.thawed", "still.thawed");
    assertThat(did)
        .containsSubsequence(command + " md2", "break md1", "break md2", "thaw md1", "thaw md2");
    undone(result);
  }

  @Test
  void aHoldThatEndsBeforeTheOtherCutIsNotOnePoint() throws Exception {
    md2.atCut = md1::breaks;

    StillPoint.Result result = cut();

    assertThat(codes(result)).contains("still.hold-ended");
    assertThat(did).contains("cut md2").doesNotContain("release md1");
    undone(result);
  }

  @Test
  void aFreezeThatTakesTooLongIsUndone() throws Exception {
    files.at.put("freeze md1", () -> clock.addAndGet(1501 * MILLI));
    files.ends.put("freeze md1", FakeFiles.end(How.CUT_SHORT));

    StillPoint.Result result = cut();

    assertThat(result.status()).isEqualTo(StillPoint.FAILED);
    assertThat(codes(result)).startsWith("still.freeze-failed", "still.late");
    assertThat(result.said().get(1).args().getFirst().value()).isEqualTo("1.5");
    assertThat(did).doesNotContain("hold md1", "forget md1@c07").contains("thaw md2", "thaw md1");
    assertThat(still.standing()).isNull();
  }

  @Test
  void aHoldThatEndedByItselfAfterTheLastCutIsNoHarm() throws Exception {
    md1.refuses = "release";
    StillPoint.Result result = cut();
    assertThat(result.status()).as("%s", result.said()).isZero();
    assertThat(did).doesNotContain("forget md1@c07");
  }

  /** Writes that wait still are no cut that was let go. */
  @Test
  void aHoldThatIsNotReleasedIsAFailure() throws Exception {
    md2.refuses = "release";
    md2.holdsOn = true;
    StillPoint.Result result = cut();
    assertThat(codes(result)).doesNotContain("still.cut-stands");
    assertThat(did).containsSubsequence("release md2", "break md2");
    undone(result);
  }

  @Test
  void aFileSystemThatStaysFrozenIsAFailure() throws Exception {
    CompletableFuture<Boolean> gone = new CompletableFuture<>();
    files.ends.put("thaw md2", FakeFiles.hangs(gone));

    StillPoint.Result result = cut();

    assertThat(result.status()).isEqualTo(StillPoint.FAILED);
    assertThat(codes(result)).contains("still.still-frozen").doesNotContain("still.cut-stands");
    assertThat(did).endsWith("forget md1@c07", "forget md2@c07");
    assertThat(codes(cut())).containsExactly("still.left");
    files.ends.clear();
    gone.complete(true);
  }

  @Test
  void aThawOrderMeanwhileTakesItBack() throws Exception {
    files.syncWaits = true;
    CountDownLatch syncs = new CountDownLatch(1);
    files.at.put("sync md2", syncs::countDown);
    CompletableFuture<StillPoint.Result> end = new CompletableFuture<>();
    Thread.ofPlatform()
        .start(() -> {
          try {
            end.complete(cut());
          } catch (InterruptedException e) {
            end.completeExceptionally(e);
          }
        });
    syncs.await();
    assertThat(still.thaw(BOTH).status()).isZero();
    assertThat(end.get().status()).isEqualTo(StillPoint.FAILED);
    assertThat(codes(end.get())).containsExactly("still.cancelled");
  }
}
