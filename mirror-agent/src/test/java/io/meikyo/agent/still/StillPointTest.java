// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.still;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.still.FileSystems.How;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.linux.DeviceNumber;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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

/** The order of a freeze and a thaw of two disks, one mounted in the other, and every failure. */
@Timeout(60)
class StillPointTest {
  private static final long BOOT = 7;
  private static final long SECOND = 1_000_000_000L;
  private static final List<String> BOTH = List.of("md1", "md2");

  /** What a freeze of both does, up to the holds. */
  private static final String[] FROZEN = {
    "sync md2",
    "sync md1",
    "keeper 7:2",
    "keeper 7:1",
    "sync md2",
    "sync md1",
    "freeze md2",
    "freeze md1"
  };

  @TempDir private Path folder;
  private final List<String> did = new CopyOnWriteArrayList<>();
  private final List<String> log = new CopyOnWriteArrayList<>();
  private final AtomicLong clock = new AtomicLong(1000 * SECOND);
  private final AtomicLong ids = new AtomicLong(0x10);
  private final FakeFiles files = new FakeFiles(did);
  private volatile String keeperTrouble;
  private Path note;
  private FakeDisk md1;
  private FakeDisk md2;
  private StillPoint still;

  private final FreezeKeeper keeper =
      new FreezeKeeper() {
        @Override
        public void frozen(String name, int fd, long deadline) throws IOException {
          did.add(name.replace("freeze ", "keeper "));
          if (keeperTrouble != null) {
            throw new IOException(keeperTrouble);
          }
        }

        @Override
        public void thawed(String name) {
          did.add(name.replace("freeze ", "keeper forgets "));
        }
      };

  @BeforeEach
  void make() throws Exception {
    Path outer = Files.createDirectory(folder.resolve("srv"));
    Path inner = Files.createDirectory(outer.resolve("inner"));
    files.mounts.add(new StillMount("md1", new DeviceNumber(7, 1), outer));
    files.mounts.add(new StillMount("md2", new DeviceNumber(7, 2), inner));
    note = folder.resolve("frozen");
    start();
  }

  private void start() {
    md1 = new FakeDisk("md1", did, keeper, Path.of("/dev/loop1"));
    md2 = new FakeDisk("md2", did, keeper, Path.of("/dev/loop2"));
    still = point();
    still.add(md1);
    still.add(md2);
  }

  private StillPoint point() {
    return new StillPoint(
        files,
        new FrozenNote(note, BOOT),
        notice -> log.add(notice.code()),
        clock::get,
        () -> 1,
        ids::getAndIncrement);
  }

  @AfterEach
  void end() {
    still.close();
    assertThat(files.ready).as("children that wait for nothing").isZero();
  }

  private StillPoint.Result freeze() throws InterruptedException {
    return still.freeze(BOTH, 60, 0xc07, "somebody");
  }

  /** It must succeed; what it did is forgotten. */
  private void stands() throws InterruptedException {
    StillPoint.Result result = freeze();
    assertThat(result.status()).as("%s", result.said()).isZero();
    did.clear();
    log.clear();
  }

  private static List<String> codes(StillPoint.Result result) {
    return result.said().stream().map(Notice::code).toList();
  }

  /** Work of its own thread that is under way is over. */
  private void settles() throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    still.add(new FakeDisk("none", did, keeper, null));
    still.thaw(List.of("none"));
    done.countDown();
  }

  // ---- the good way

  @Test
  void innerOnesAreFrozenFirstThenAllAreHeldThenAllAreCut() throws Exception {
    StillPoint.Result result = freeze();
    assertThat(result.status()).isZero();
    assertThat(did)
        .startsWith(FROZEN)
        .endsWith("freeze md1", "hold md1", "hold md2", "cut md1", "cut md2")
        .hasSize(FROZEN.length + 4);
    assertThat(md1.deadline).isEqualTo(clock.get() + 60 * SECOND).isEqualTo(md2.deadline);
    assertThat(result.facts())
        .containsEntry("cut", "c07")
        .containsEntry("hold.md1", Long.toHexString(md1.holdId))
        .containsEntry("hold.md2", Long.toHexString(md2.holdId))
        .containsEntry("frozen.md1", true)
        .containsEntry("frozen.md2", true)
        .containsEntry("cutStatus.md1", "PROVEN");
    assertThat(codes(result)).containsOnly("still.frozen");
    assertThat(log).containsExactly("still.standing");
    assertThat(Files.readAllLines(note)).hasSize(3);
  }

  @Test
  void forAShutdownAllAreGivenBackAtTheCutAndNothingIsReleased() throws Exception {
    files.mounts.clear();
    stands();
    StillPoint.Result result = still.seal(BOTH);
    assertThat(result.status()).isZero();
    assertThat(did).containsExactly("seal md1", "seal md2");
    assertThat(codes(result)).containsExactly("still.sealed", "still.sealed");
    assertThat(result.facts()).containsEntry("cut", "c07");
    settles();
    assertThat(log).isEmpty();
    assertThat(still.standing()).isNull();
  }

  @Test
  void whatIsMountedIsNotGivenBackAndStands() throws Exception {
    assertThat(still.seal(BOTH).status()).isEqualTo(4);
    stands();
    StillPoint.Result result = still.seal(BOTH);
    assertThat(result.status()).isEqualTo(4);
    assertThat(codes(result)).containsExactly("still.mounted", "still.mounted");
    assertThat(did).isEmpty();
    assertThat(still.thaw(BOTH).status()).isZero();
  }

  /** Images of the same moment are of use together only. */
  @Test
  void ifOneIsNotGivenBackAllAreVoid() throws Exception {
    files.mounts.clear();
    stands();
    md2.refuses = "seal";
    StillPoint.Result result = still.seal(BOTH);
    assertThat(result.status()).isEqualTo(1);
    assertThat(did).containsExactly("seal md1", "seal md2", "break md1", "break md2");
    assertThat(still.standing()).isNull();
    assertThat(still.thaw(BOTH).status()).isEqualTo(3);
  }

  @Test
  void allAreReleasedBeforeOuterOnesAreThawedFirst() throws Exception {
    stands();

    StillPoint.Result result = still.thaw(BOTH);

    assertThat(result.status()).isZero();
    assertThat(did)
        .containsExactly(
            "release md1",
            "release md2",
            "thaw md1",
            "thaw md2",
            "keeper forgets 7:1",
            "keeper forgets 7:2");
    assertThat(result.facts())
        .containsEntry("outcome.md1", "GOOD")
        .containsEntry("outcome.md2", "GOOD");
    assertThat(note).doesNotExist();
    assertThat(log).isEmpty();
    StillPoint.Result again = still.thaw(BOTH);
    assertThat(again.status()).isZero();
    assertThat(again.facts()).containsEntry("outcome.md1", "NONE");
  }

  @Test
  void twoInARow() throws Exception {
    stands();
    still.thaw(BOTH);
    stands();
    assertThat(still.thaw(List.of("md2")).facts()).containsEntry("outcome.md2", "GOOD");
    assertThat(still.standing()).isNull();
  }

  @Test
  void whereNothingIsMountedItIsHeldWithoutAFreezeAndThatIsSaid() throws Exception {
    files.mounts.clear();
    files.missing = null;

    StillPoint.Result result = freeze();

    assertThat(result.status()).isZero();
    assertThat(did).containsExactly("hold md1", "hold md2", "cut md1", "cut md2");
    assertThat(codes(result)).containsExactly("still.not-mounted", "still.not-mounted");
    assertThat(result.facts()).containsEntry("frozen.md1", false);
  }

  @Test
  void aProofThatDoesNotComeInTimeIsNotWaitedForAnyLonger() throws Exception {
    md2.verdict = CutStatus.NONE;

    StillPoint.Result result = still.freeze(BOTH, 1, 0xc07, "somebody");

    assertThat(result.status()).isZero();
    assertThat(result.facts())
        .containsEntry("cutStatus.md1", "PROVEN")
        .containsEntry("cutStatus.md2", "UNPROVEN");
  }

  // ---- refused

  @Test
  void aSecondOneIsRefusedWhileOneStands() throws Exception {
    stands();

    StillPoint.Result result = still.freeze(List.of("md2"), 60, 0xc08, "another");

    assertThat(result.status()).isEqualTo(StillPoint.REFUSED);
    assertThat(codes(result)).containsExactly("still.stands");
    assertThat(did).isEmpty();
    assertThat(still.standing()).isNotNull();
  }

  @Test
  void whatCannotBeHeldIsRefusedBeforeAnythingIsDone() throws Exception {
    md2.obstacle = Notice.of(StillNotice.NOT_EQUAL, "md2", "server2");
    md1.secondsMax = 59;
    files.missing = "fsfreeze";

    StillPoint.Result result = freeze();

    assertThat(result.status()).isEqualTo(StillPoint.REFUSED);
    assertThat(codes(result))
        .containsExactly("still.too-long", "still.not-equal", "still.no-program");
    assertThat(did).isEmpty();
    assertThat(still.standing()).isNull();
  }

  // ---- failures on the way there

  @Test
  void aSyncThatFailsLeavesNothingToThaw() throws Exception {
    files.ends.put("sync md1", FakeFiles.end(How.FAILED));

    StillPoint.Result result = freeze();

    assertThat(result.status()).isEqualTo(StillPoint.FAILED);
    assertThat(codes(result)).containsExactly("still.sync-failed");
    assertThat(did).containsExactly("sync md2", "sync md1");
  }

  @Test
  void aSecondSyncThatFailsLeavesNothingAnnounced() throws Exception {
    AtomicLong syncs = new AtomicLong();
    files.at.put(
        "sync md1",
        () -> {
          if (syncs.incrementAndGet() == 2) {
            assertThat(note).exists();
            assertThat(files.ready).isEqualTo(2);
            files.ends.put("sync md1", FakeFiles.end(How.FAILED));
          }
        });

    StillPoint.Result result = freeze();

    assertThat(result.status()).isEqualTo(StillPoint.FAILED);
    assertThat(codes(result)).containsExactly("still.sync-failed");
    assertThat(did)
        .startsWith(Arrays.copyOf(FROZEN, 6))
        .containsSubsequence("sync md1", "keeper forgets 7:2", "keeper forgets 7:1")
        .hasSize(8);
    assertThat(note).doesNotExist();
  }

  @Test
  void aFreezeThatFailsOnTheSecondThawsTheFirst() throws Exception {
    files.ends.put("freeze md1", FakeFiles.end(How.FAILED));

    StillPoint.Result result = freeze();

    assertThat(result.status()).isEqualTo(StillPoint.FAILED);
    assertThat(codes(result)).containsExactly("still.freeze-failed", "still.thawed");
    assertThat(did)
        .startsWith(FROZEN)
        .endsWith("freeze md1", "keeper forgets 7:1", "thaw md2", "keeper forgets 7:2");
    assertThat(note).doesNotExist();
    assertThat(still.standing()).isNull();
    files.ends.clear();
    stands();
  }

  @Test
  void aKeeperThatCannotBeToldLeavesTheFileSystemUnfrozen() throws Exception {
    keeperTrouble = "gone";

    StillPoint.Result result = freeze();

    assertThat(codes(result)).containsExactly("still.keeper-failed");
    assertThat(did).containsExactly("sync md2", "sync md1", "keeper 7:2");
  }

  @Test
  void aDeadlineThatPassesWhileFreezingEndsIt() throws Exception {
    files.at.put("freeze md1", () -> clock.addAndGet(61 * SECOND));
    files.ends.put("freeze md1", FakeFiles.end(How.CUT_SHORT));

    StillPoint.Result result = freeze();

    assertThat(result.status()).isEqualTo(StillPoint.FAILED);
    assertThat(codes(result))
        .containsExactly("still.freeze-failed", "still.late", "still.thawed", "still.thawed");
    // Whatever the child that was killed has done: both are thawed.
    assertThat(did).contains("thaw md1", "thaw md2").doesNotContain("hold md1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"hold", "cut"})
  void aHoldOrCutThatIsRefusedOnTheSecondEndsTheFirstToo(String command) throws Exception {
    md2.refuses = command;

    StillPoint.Result result = freeze();

    assertThat(result.status()).isEqualTo(StillPoint.FAILED);
    assertThat(codes(result))
        .containsExactly("mirror.hold-not-standing", "still.thawed", "still.thawed");
    assertThat(did)
        .containsSubsequence(command + " md2", "break md1", "break md2", "thaw md1", "thaw md2");
    assertThat(still.standing()).isNull();
    assertThat(still.thaw(BOTH).status()).as("no image was promised").isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"hold", "cut"})
  void aPeerThatIsLostOnTheWayEndsAll(String command) throws Exception {
    md1.breaksAt = command;

    StillPoint.Result result = freeze();

    assertThat(result.status()).isEqualTo(StillPoint.FAILED);
    assertThat(codes(result)).startsWith("mirror.hold-lost-peer");
    assertThat(did)
        .containsSubsequence("break md1", "break md2", "thaw md1", "thaw md2")
        .doesNotContain("release md1", "release md2");
  }

  @Test
  void aHoldThatEndsBetweenStepsIsNoticed() throws Exception {
    md2.atHold = md1::breaks;

    StillPoint.Result result = freeze();

    assertThat(result.status()).isEqualTo(StillPoint.FAILED);
    assertThat(codes(result)).contains("still.hold-ended");
    assertThat(did).doesNotContain("cut md1").contains("break md2", "thaw md1", "thaw md2");
  }

  @Test
  void aThawWhileItIsOnTheWayTakesItBack() throws Exception {
    files.syncWaits = true;
    CountDownLatch syncs = new CountDownLatch(1);
    files.at.put("sync md2", syncs::countDown);
    CompletableFuture<StillPoint.Result> freeze = new CompletableFuture<>();
    Thread.ofPlatform()
        .start(() -> {
          try {
            freeze.complete(freeze());
          } catch (InterruptedException e) {
            freeze.completeExceptionally(e);
          }
        });
    syncs.await();

    assertThat(still.thaw(BOTH).status()).isZero();

    assertThat(freeze.get().status()).isEqualTo(StillPoint.FAILED);
    assertThat(codes(freeze.get())).containsExactly("still.cancelled");
    assertThat(did).containsExactly("sync md2");
  }

  // ---- somebody else freezes and thaws too

  @Test
  void whatSomebodyElseHasFrozenIsHeldAndNotThawed() throws Exception {
    files.ends.put("freeze md2", FakeFiles.end(How.ALREADY));
    StillPoint.Result result = freeze();
    assertThat(result.status()).isZero();
    assertThat(codes(result))
        .containsExactly("still.frozen-by-others", "still.frozen", "still.frozen");
    assertThat(did).contains("keeper forgets 7:2");
    assertThat(Files.readString(note)).doesNotContain("md2");
    did.clear();

    assertThat(still.thaw(BOTH).status()).isZero();

    assertThat(did).contains("thaw md1").doesNotContain("thaw md2");
  }

  @Test
  void whatSomebodyElseHasThawedIsNoError() throws Exception {
    stands();
    files.ends.put("thaw md1", FakeFiles.end(How.ALREADY));

    StillPoint.Result result = still.thaw(BOTH);

    assertThat(result.status()).isZero();
    assertThat(codes(result)).contains("still.thawed-by-others");
    assertThat(note).doesNotExist();
  }

  // ---- void

  @Test
  void aHoldThatEndsByItselfEndsTheOthersAndThawsAtOnce() throws Exception {
    stands();

    md2.breaks();
    settles();

    assertThat(did).containsSubsequence("break md1", "thaw md1", "thaw md2", "keeper forgets 7:2");
    assertThat(log)
        .containsExactly(
            "still.hold-ended", "still.thawed", "still.thawed", "still.void", "still.void");
    assertThat(still.standing()).isNull();
    assertThat(note).doesNotExist();
    for (int i = 0; i < 2; i++) {
      StillPoint.Result result = still.thaw(BOTH);
      assertThat(result.status()).isEqualTo(StillPoint.VOIDED);
      assertThat(result.facts())
          .containsEntry("outcome.md1", "VOID")
          .containsEntry("outcome.md2", "VOID");
    }
    stands();
    assertThat(still.thaw(BOTH).status()).as("until the next freeze").isZero();
  }

  @Test
  void aReleaseThatComesTooLateOnOneMakesBothVoid() throws Exception {
    stands();
    md1.refuses = "release";

    StillPoint.Result result = still.thaw(BOTH);

    assertThat(result.status()).isEqualTo(StillPoint.VOIDED);
    assertThat(result.facts())
        .containsEntry("outcome.md1", "VOID")
        .containsEntry("outcome.md2", "VOID");
    assertThat(did).contains("thaw md1", "thaw md2");
  }

  @Test
  void anAgentThatStopsEndsItAndThaws() throws Exception {
    stands();

    still.close();

    assertThat(did).containsSubsequence("break md1", "break md2", "thaw md1", "thaw md2");
    assertThat(log).contains("still.cancelled", "still.void");
    assertThat(freeze().status()).as("nothing begins any more").isEqualTo(StillPoint.REFUSED);
  }

  // ---- children that hang

  @Test
  void aThawThatHangsIsSaidAndDoneWhenItsChildIsGone() throws Exception {
    stands();
    CompletableFuture<Boolean> gone = new CompletableFuture<>();
    files.ends.put("thaw md1", FakeFiles.hangs(gone));

    StillPoint.Result result = still.thaw(BOTH);

    assertThat(result.status()).isEqualTo(StillPoint.FAILED);
    assertThat(result.facts())
        .containsEntry("outcome.md1", "GOOD")
        .containsEntry("frozen.md1", true)
        .doesNotContainKey("frozen.md2");
    assertThat(codes(result)).contains("still.still-frozen");
    assertThat(did).doesNotContain("keeper forgets 7:1");
    assertThat(Files.readString(note)).contains("md1").doesNotContain("md2");
    StillPoint.Result refused = freeze();
    assertThat(refused.status()).isEqualTo(StillPoint.REFUSED);
    assertThat(codes(refused)).containsExactly("still.left");

    files.ends.clear();
    gone.complete(true);
    settles();

    assertThat(log).contains("still.thawed-late");
    assertThat(did).contains("keeper forgets 7:1");
    assertThat(note).doesNotExist();
    stands();
  }

  @Test
  void aFreezeThatHangsIsThawedWhenItHasHappenedAfterAll() throws Exception {
    CompletableFuture<Boolean> gone = new CompletableFuture<>();
    files.ends.put("freeze md1", FakeFiles.hangs(gone));
    // It is not frozen yet, so there is nothing to thaw.
    files.ends.put("thaw md1", FakeFiles.end(How.ALREADY));

    StillPoint.Result result = freeze();

    assertThat(result.status()).isEqualTo(StillPoint.FAILED);
    assertThat(codes(result))
        .containsExactly("still.freeze-failed", "still.still-frozen", "still.thawed");
    assertThat(did).doesNotContain("keeper forgets 7:1", "hold md1");

    files.ends.remove("thaw md1");
    did.clear();
    gone.complete(true);
    settles();

    assertThat(did).containsExactly("thaw md1", "keeper forgets 7:1");
    assertThat(note).doesNotExist();
  }

  // ---- the next life

  @Test
  void theNextLifeThawsWhatThisOneFrozeAndNothingElse() throws Exception {
    stands();
    StillPoint killed = still;
    Path copy = Files.copy(note, folder.resolve("copy"));
    start();
    md1.voided = true;
    did.clear();

    still.goesOn("md1");
    settles();

    assertThat(did).containsExactly("thaw md1", "keeper forgets 7:1");
    assertThat(log).containsExactly("still.thawed-former");
    assertThat(still.thaw(List.of("md1")).status())
        .as("the partition says that it is void")
        .isEqualTo(StillPoint.VOIDED);
    still.goesOn("md1");
    still.goesOn("md2");
    settles();
    assertThat(did).containsSubsequence("thaw md2", "keeper forgets 7:2");
    assertThat(note).doesNotExist();

    Files.move(copy, note);
    assertThat(new FrozenNote(note, BOOT).former()).hasSize(2);
    assertThat(new FrozenNote(note, BOOT + 1).former()).as("another boot").isEmpty();
    killed.close();
  }

  @Test
  void aNoteThatIsNoneIsNotBelieved() throws Exception {
    Files.writeString(note, Long.toHexString(BOOT) + "\nmd1\t7:x\t/srv\nmd1 7:1 /srv\n\n");
    assertThat(new FrozenNote(note, BOOT).former()).isEmpty();
  }
}
