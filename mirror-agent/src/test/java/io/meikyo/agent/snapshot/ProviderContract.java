// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.meikyo.agent.snapshot.SnapWorld.Got;
import io.meikyo.agent.snapshot.SnapWorld.Kind;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.linux.Descriptors;
import io.meikyo.linux.Errno;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What every provider of snapshots must do. Each implementation has a test class that extends this
 * one and says where the disk is and who takes its snapshots.
 */
@Timeout(120)
abstract class ProviderContract {
  private static final long SECOND = 1_000_000_000L;

  /** For what a test needs beside the disk. */
  @TempDir Path temp;

  /** The folder of the disk: of the kind that the provider needs. */
  abstract Path folder();

  /** Who takes its snapshots. */
  abstract ProviderSpec spec();

  /** Where the agent keeps stores and notes. */
  SnapshotPlace place() {
    return new SnapshotPlace(temp.resolve("stores"), 64 << 20);
  }

  /** The provider of a world. */
  Provider provider(SnapshotSource source) {
    return source.provider();
  }

  /** Names of what is left of snapshots, wherever the provider puts them, but empty files. */
  abstract List<String> left() throws Exception;

  /** Before a world: takes the room that the provider needs; false: nothing can be used up. */
  abstract boolean fill() throws Exception;

  /** Gives the room back. */
  abstract void empty() throws Exception;

  final SnapWorld world(Kind kind) throws Exception {
    return new SnapWorld(kind, folder(), place(), spec(), this::provider);
  }

  private SnapWorld world(Kind kind, UnaryOperator<Provider> around) throws Exception {
    return new SnapWorld(kind, folder(), place(), spec(), s -> around.apply(provider(s)));
  }

  private void nothingLeft() throws Exception {
    left(0);
  }

  private void left(int count) throws Exception {
    long deadline = System.nanoTime() + 30 * SECOND;
    while (left().size() != count) {
      assertThat(System.nanoTime()).as("left: " + left()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  // ---- what is read

  @ParameterizedTest
  @EnumSource
  void itShowsTheDiskOfItsCutWhateverIsWritten(Kind kind) throws Exception {
    try (SnapWorld w = world(kind)) {
      Random random = new Random(1);
      w.writeMuch(random, 4);
      assertThat(w.take(0xc1)).as(w.notices.toString()).isTrue();
      byte[] cut = w.now();
      for (int round = 0; round < 8; round++) {
        CompletableFuture<byte[]> reader = CompletableFuture.supplyAsync(() -> w.all("md1@c1"));
        w.writeMuch(random, 4);
        assertThat(Arrays.mismatch(reader.join(), cut)).isEqualTo(-1);
      }
      // All of it, to the last short chunk.
      for (long at = 0; at < SnapWorld.BLOCKS; at += 128) {
        int count = (int) Math.min(128, SnapWorld.BLOCKS - at);
        w.written(w.write(at, count, at), count);
      }
      assertThat(Arrays.mismatch(w.all("md1@c1"), cut)).isEqualTo(-1);
      assertThat(w.view(0xc1).provider()).isEqualTo(spec().kind().word());
    }
    nothingLeft();
  }

  @ParameterizedTest
  @EnumSource
  void severalStandBesideEachOtherAndEachIsDeletedAlone(Kind kind) throws Exception {
    try (SnapWorld w = world(kind)) {
      Random random = new Random(2);
      byte[][] cuts = new byte[Snapshots.COUNT_MAX][];
      for (int i = 0; i < cuts.length; i++) {
        w.writeMuch(random, 2);
        assertThat(w.take(i + 1)).isTrue();
        cuts[i] = w.now();
      }
      assertThat(w.take(9)).as("one too many").isFalse();
      w.assertSaid(SnapshotNotice.TOO_MANY);
      w.run(() -> w.snapshots.delete(2));
      w.writeMuch(random, 2);
      for (int i : new int[] {0, 2, 3}) {
        assertThat(Arrays.mismatch(w.all("md1@" + (i + 1)), cuts[i])).isEqualTo(-1);
      }
      assertThat(w.on(() -> w.exports.keySet())).doesNotContain("md1@2");
      left(3);
      for (long cutId : new long[] {1, 3, 4}) {
        w.run(() -> w.snapshots.delete(cutId));
      }
      nothingLeft();
      w.run(() -> w.snapshots.delete(1));
    }
  }

  @ParameterizedTest
  @EnumSource
  void theSameCutGivesOneOnly(Kind kind) throws Exception {
    try (SnapWorld w = world(kind)) {
      assertThat(w.take(5)).isTrue();
      byte[] cut = w.now();
      w.writeMuch(new Random(3), 1);
      assertThat(w.take(5)).isFalse();
      w.assertSaid(SnapshotNotice.TWICE);
      assertThat(Arrays.mismatch(w.all("md1@5"), cut)).isEqualTo(-1);
      w.run(() -> w.snapshots.delete(5));
      nothingLeft();
      assertThat(w.take(5)).as("when it is gone").isTrue();
      assertThat(Arrays.mismatch(w.all("md1@5"), w.now())).isEqualTo(-1);
    }
  }

  // ---- not taken

  /** One that lets a test hold up the taking, and make it fail. */
  private static final class Around implements Provider {
    final Provider inner;
    final CountDownLatch begun = new CountDownLatch(1);
    final CountDownLatch may = new CountDownLatch(1);
    final boolean before;
    volatile boolean fails;
    volatile boolean holds = true;

    Around(Provider inner, boolean before) {
      this.inner = inner;
      this.before = before;
    }

    private void pause() {
      begun.countDown();
      if (!holds) {
        return;
      }
      try {
        assertThat(may.await(60, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public Taken take(long cutId, long nanos) throws NotTaken {
      if (before) {
        pause();
      }
      Taken taken = inner.take(cutId, nanos);
      if (!before) {
        pause();
      }
      if (fails) {
        if (taken.fd() >= 0) {
          Descriptors.close(taken.fd());
        }
        assertThat(inner.remove(cutId, taken)).isNull();
        throw new NotTaken("md1", word(), "as the test wants it");
      }
      return taken;
    }

    @Override
    public String word() {
      return inner.word();
    }

    @Override
    public String place() {
      return inner.place();
    }

    @Override
    public boolean outlives() {
      return inner.outlives();
    }

    @Override
    public List<Notice> begin() {
      return inner.begin();
    }

    @Override
    public Set<Long> list() throws NotTaken {
      return inner.list();
    }

    @Override
    public void afterTake() {
      inner.afterTake();
    }

    @Override
    public @Nullable Notice settle(long cutId, Taken taken) {
      return inner.settle(cutId, taken);
    }

    @Override
    public Taken find(long cutId, String where) throws NotTaken {
      return inner.find(cutId, where);
    }

    @Override
    public @Nullable Notice crowded(String snapshot) {
      return inner.crowded(snapshot);
    }

    @Override
    public @Nullable Notice remove(long cutId, @Nullable Taken taken) {
      return inner.remove(cutId, taken);
    }

    @Override
    public void close() {
      inner.close();
    }
  }

  /** The hold has ended while it was being taken: nobody knows what is in it. */
  @ParameterizedTest
  @EnumSource
  void aWriteBeforeItStandsMeansThatThereIsNone(Kind kind) throws Exception {
    for (boolean before : new boolean[] {true, false}) {
      try (SnapWorld w = world(kind, inner -> new Around(inner, before))) {
        Around around = (Around) w.provider;
        CompletableFuture<Boolean> answer = w.begin(1);
        assertThat(around.begun.await(30, TimeUnit.SECONDS)).isTrue();
        w.written(w.write(3, 40, 9), 40); // it waits for nothing
        assertThat(answer).isNotDone();
        around.may.countDown();
        assertThat(answer.orTimeout(30, TimeUnit.SECONDS).join()).isFalse();
        w.assertSaid(SnapshotNotice.MOVED_ON);
        assertThat(w.on(w.snapshots::views)).isEmpty();
        nothingLeft();
        around.holds = false;
        assertThat(w.take(2)).as("the next one").isTrue();
        assertThat(Arrays.mismatch(w.all("md1@2"), w.now())).isEqualTo(-1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void theCutDoesNotWaitBeyondTheDeadline(Kind kind) throws Exception {
    try (SnapWorld w = world(kind, inner -> new Around(inner, false))) {
      Around around = (Around) w.provider;
      CompletableFuture<Boolean> answer = w.begin(1);
      assertThat(around.begun.await(30, TimeUnit.SECONDS)).isTrue();
      w.run(() -> w.loop.pass(spec().nanos() - SECOND));
      assertThat(answer).isNotDone();
      w.run(() -> w.loop.pass(2 * SECOND));
      assertThat(answer.orTimeout(30, TimeUnit.SECONDS).join()).isFalse();
      w.assertSaid(SnapshotNotice.LATE);
      assertThat(w.take(2)).as("the former one is not done").isFalse();
      w.assertSaid(SnapshotNotice.NOT_YET);
      w.written(w.write(3, 40, 9), 40);
      around.holds = false;
      around.may.countDown();
      nothingLeft();
      w.await("the former one is over", () -> w.snapshots.none());
      assertThat(w.take(3)).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aFailureCostsTheCutAndNothingElse(Kind kind) throws Exception {
    try (SnapWorld w = world(kind, inner -> new Around(inner, false))) {
      Around around = (Around) w.provider;
      around.holds = false;
      around.fails = true;
      assertThat(w.take(1)).isFalse();
      w.assertSaid(SnapshotNotice.NOT_TAKEN);
      w.written(w.write(3, 40, 9), 40);
      nothingLeft();
      around.fails = false;
      assertThat(w.take(2)).isTrue();
      assertThat(Arrays.mismatch(w.all("md1@2"), w.now())).isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void withoutRoomThereIsNoneAndWritesGoOn(Kind kind) throws Exception {
    assumeTrue(fill(), "nothing can be used up");
    try (SnapWorld w = world(kind)) {
      try {
        assertThat(w.take(1)).isFalse();
        assertThat(w.on(w.snapshots::views)).isEmpty();
        w.writeMuch(new Random(4), 2);
        nothingLeft();
      } finally {
        empty();
      }
      assertThat(w.take(2)).as(w.notices.toString()).isTrue();
    }
  }

  // ---- deleted

  @ParameterizedTest
  @EnumSource
  void whoReadsOneThatIsDeletedGetsAnError(Kind kind) throws Exception {
    try (SnapWorld w = world(kind)) {
      assertThat(w.take(1)).isTrue();
      w.run(() -> w.loop.takes = (loop, io) -> loop.taken.isEmpty() && !io.write());
      CompletableFuture<Got> read = w.begin("md1@1", 7, 20);
      w.await("the read is under way", () -> !w.loop.taken.isEmpty());
      w.run(() -> w.snapshots.delete(1));
      w.run(() -> w.loop.taken.getFirst().begin().run());
      assertThat(read.join().errno()).isEqualTo(Errno.EIO);
      nothingLeft();
    }
  }

  @ParameterizedTest
  @EnumSource
  void oneThatNobodyAdoptsIsRemoved(Kind kind) throws Exception {
    try (SnapWorld w = world(kind)) {
      assertThat(w.take(1)).isTrue();
      w.run(() -> w.loop.pass(61 * SECOND));
      w.assertSaid(SnapshotNotice.NOT_ADOPTED);
      nothingLeft();
    }
  }

  // ---- another life of the agent

  private static CutRecord proven() {
    return SnapWorld.cut(2).cut().withStatus(CutStatus.PROVEN).withDigest(5, -6);
  }

  /** What is adopted in an order that the next life must understand: kept, then judged. */
  private static void adopt(SnapWorld w) {
    assertThat(w.on(() -> w.snapshots.adopt(2, "backup 2 \\ é")))
        .isEqualTo(Snapshots.Adoption.DONE);
    w.run(() -> w.snapshots.judged(proven()));
    CountDownLatch settled = new CountDownLatch(1);
    w.run(() -> w.snapshots.settled(settled::countDown));
    try {
      assertThat(settled.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsAdoptedIsFoundAgainOrRemoved(Kind kind) throws Exception {
    for (boolean inOrder : new boolean[] {true, false}) {
      byte[] cut;
      SnapWorld one = world(kind);
      one.writeMuch(new Random(5), 2);
      assertThat(one.take(1)).isTrue();
      assertThat(one.take(2)).isTrue();
      cut = one.now();
      adopt(one);
      SnapshotView before = one.view(2);
      one.writeMuch(new Random(6), 2);
      boolean outlives = one.provider.outlives();
      if (inOrder) {
        one.close();
        left(outlives ? 1 : 0);
      } else {
        one.die();
      }
      try (SnapWorld w = world(kind)) {
        w.await("it is offered or gone", () -> w.exports.containsKey("md1@2") == outlives);
        if (outlives) {
          assertThat(w.view(2)).isEqualTo(before);
          w.writeMuch(new Random(7), 2);
          assertThat(Arrays.mismatch(w.all("md1@2"), cut)).isEqualTo(-1);
          w.assertSaid(SnapshotNotice.FOUND);
          left(1);
          assertThat(w.on(() -> w.snapshots.views().size())).isEqualTo(1);
          w.run(() -> w.snapshots.delete(2));
        }
        nothingLeft();
      }
      try (SnapWorld w = world(kind)) {
        assertThat(w.on(w.snapshots::views)).as("no note is left").isEmpty();
      }
    }
  }
}
