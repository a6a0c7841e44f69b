// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.meikyo.agent.snapshot.SnapWorld.Got;
import io.meikyo.agent.snapshot.SnapWorld.Kind;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.linux.Errno;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A snapshot shows the disk of its cut, or nothing; and no write waits for it for ever. */
@Timeout(120)
class SnapshotsTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long PLENTY = 64 << 20;
  private static final int CHUNK_BLOCKS = Origin.CHUNK / SnapWorld.BLOCK;

  @TempDir private Path folder;

  private static byte[] part(byte[] of, long start, int count) {
    int from = (int) start * SnapWorld.BLOCK;
    return Arrays.copyOfRange(of, from, from + count * SnapWorld.BLOCK);
  }

  // ---- what is read

  @ParameterizedTest
  @EnumSource
  void itShowsTheDiskOfItsCutWhateverIsWritten(Kind kind) throws Exception {
    try (SnapWorld w = new SnapWorld(kind, folder, PLENTY)) {
      assertThat(w.take(0xc1)).isTrue();
      byte[] cut = w.now();
      Random random = new Random(1);
      for (int round = 0; round < 12; round++) {
        CompletableFuture<byte[]> reader = CompletableFuture.supplyAsync(() -> w.all("md1@c1"));
        w.writeMuch(random, 4);
        assertThat(Arrays.mismatch(reader.join(), cut)).isEqualTo(-1);
      }
      assertThat(w.view(0xc1).usedBytes()).isPositive();
      for (int i = 0; i < 200; i++) {
        int count = 1 + random.nextInt(256);
        long start = random.nextLong(SnapWorld.BLOCKS - count + 1);
        assertThat(w.read("md1@c1", start, count).bytes()).isEqualTo(part(cut, start, count));
      }
      // All of it, to the last short chunk.
      for (long at = 0; at < SnapWorld.BLOCKS; at += CHUNK_BLOCKS) {
        int count = (int) Math.min(CHUNK_BLOCKS, SnapWorld.BLOCKS - at);
        w.written(w.write(at, count, at), count);
      }
      assertThat(Arrays.mismatch(w.all("md1@c1"), cut)).isEqualTo(-1);
      assertThat(w.view(0xc1).usedBytes()).isEqualTo(8 << 20);
    }
  }

  @ParameterizedTest
  @EnumSource
  void severalStandBesideEachOther(Kind kind) throws Exception {
    try (SnapWorld w = new SnapWorld(kind, folder, PLENTY)) {
      Random random = new Random(2);
      byte[][] cuts = new byte[Snapshots.COUNT_MAX][];
      for (int i = 0; i < cuts.length; i++) {
        w.writeMuch(random, 3);
        assertThat(w.take(i + 1)).isTrue();
        cuts[i] = w.now();
      }
      assertThat(w.take(9)).as("one too many").isFalse();
      w.assertSaid(SnapshotNotice.TOO_MANY);
      w.writeMuch(random, 3);
      for (int i = 0; i < cuts.length; i++) {
        assertThat(Arrays.mismatch(w.all("md1@" + (i + 1)), cuts[i])).isEqualTo(-1);
      }
      w.run(() -> w.snapshots.delete(2));
      assertThat(w.take(9)).isTrue();
      w.run(() -> w.snapshots.delete(1 + 2));
      assertThat(w.take(9)).as("the same cut").isFalse();
      w.assertSaid(SnapshotNotice.TWICE);
      byte[] last = w.now();
      w.writeMuch(random, 3);
      assertThat(Arrays.mismatch(w.all("md1@9"), last)).isEqualTo(-1);
      assertThat(Arrays.mismatch(w.all("md1@1"), cuts[0])).isEqualTo(-1);
      assertThat(w.on(() -> w.exports.keySet())).doesNotContain("md1@2");
    }
  }

  /** The read is under way when a write passes: it sees new bytes, and must not give them. */
  @ParameterizedTest
  @EnumSource
  void aReadThatAWriteOvertakesGivesTheOldBytes(Kind kind) throws Exception {
    try (SnapWorld w = new SnapWorld(kind, folder, PLENTY)) {
      assertThat(w.take(1)).isTrue();
      byte[] cut = w.now();
      w.run(() -> w.loop.takes = (loop, io) -> loop.taken.isEmpty() && !io.write());
      CompletableFuture<Got> read = w.begin("md1@1", CHUNK_BLOCKS - 5, 20);
      w.await("the read is under way", () -> !w.loop.taken.isEmpty());
      w.written(w.write(CHUNK_BLOCKS - 9, 30, 77), 30);
      assertThat(read).isNotDone();
      w.run(() -> w.loop.taken.getFirst().begin().run());
      assertThat(read.join().bytes()).isEqualTo(part(cut, CHUNK_BLOCKS - 5, 20));
    }
  }

  // ---- losses

  private static void assertLost(SnapWorld w, String why) {
    SnapshotView view = w.view(1);
    assertThat(view.stands()).isFalse();
    assertThat(view.why()).isEqualTo(why);
    for (long start : new long[] {0, 100, SnapWorld.BLOCKS - 1}) {
      Got got = w.read("md1@1", start, 1);
      assertThat(got.errno()).isEqualTo(Errno.EIO);
      assertThat(got.bytes()).isEmpty();
    }
    assertThat(w.on(() -> w.snapshots.adopt(1, "me"))).isEqualTo(Snapshots.Adoption.LOST);
    assertThat(w.on(w.snapshots::none)).isTrue();
  }

  /** The store files that have bytes. */
  private static long stores(SnapWorld w) {
    try (Stream<Path> all = Files.list(w.stores)) {
      return all.filter(p -> p.toFile().length() > 0).count();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aFullStoreCostsTheSnapshotAndNoWrite(Kind kind) throws Exception {
    try (SnapWorld w = new SnapWorld(kind, folder, 10L * Origin.CHUNK)) {
      assertThat(w.take(1)).isTrue();
      for (int i = 0; i < 10; i++) {
        w.written(w.write((long) i * CHUNK_BLOCKS, 1, i), 1);
      }
      assertThat(w.view(1).stands()).isTrue();
      assertThat(w.view(1).usedBytes()).isEqualTo(w.view(1).capBytes());
      assertThat(stores(w)).isEqualTo(1);
      w.written(w.write(10L * CHUNK_BLOCKS, 1, 10), 1);
      assertLost(w, "FULL");
      w.assertSaid(SnapshotNotice.FULL);
      w.writeMuch(new Random(3), 3);
      w.await("its file is gone", () -> stores(w) == 0);
      w.run(() -> w.loop.pass(Snapshots.LOST_SECONDS * SECOND));
      assertThat(w.view(1)).as("an hour later").isNull();
      assertThat(w.on(() -> w.exports.isEmpty())).isTrue();
    }
  }

  /** Many writes wait for copies when it happens: all of them pass. */
  @ParameterizedTest
  @EnumSource
  void aStoreThatFailsCostsTheSnapshotAndNoWrite(Kind kind) throws Exception {
    try (SnapWorld w = new SnapWorld(kind, folder, PLENTY)) {
      assertThat(w.take(1)).isTrue();
      w.run(() -> w.loop.takes = (loop, io) -> io.write() && io.fd() != w.fd);
      CompletableFuture<?>[] writes = new CompletableFuture<?>[40];
      for (int i = 0; i < writes.length; i++) {
        writes[i] = w.write((long) i * CHUNK_BLOCKS, 1, i);
      }
      w.await("copies wait", () -> w.loop.taken.size() >= 16);
      assertThat(writes).noneMatch(CompletableFuture::isDone);
      w.run(() -> {
        w.loop.takes = (loop, io) -> false;
        w.loop.taken.forEach(io -> io.end().done(-Errno.ENOSPC));
      });
      CompletableFuture.allOf(writes).join();
      assertLost(w, "FAILED");
      assertThat(w.view(1).reason()).startsWith("write at byte ");
      w.assertSaid(SnapshotNotice.FAILED);
      w.await("its file is gone", () -> stores(w) == 0);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aDiskThatCannotBeReadForACopyCostsTheSnapshotOnly(Kind kind) throws Exception {
    try (SnapWorld w = new SnapWorld(kind, folder, PLENTY)) {
      assertThat(w.take(1)).isTrue();
      w.run(() -> w.loop.takes = (loop, io) -> !io.write());
      CompletableFuture<Integer> write = w.write(5, 1, 5);
      w.await("the copy reads", () -> !w.loop.taken.isEmpty());
      w.run(() -> w.loop.taken.removeFirst().end().done(-Errno.EIO));
      w.written(write, 1);
      w.run(() -> w.loop.takes = (loop, io) -> false);
      assertLost(w, "FAILED");
      assertThat(w.view(1).reason()).startsWith("read at byte 0");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aStoreThatHangsDoesNotHoldWritesForLong(Kind kind) throws Exception {
    try (SnapWorld w = new SnapWorld(kind, folder, PLENTY)) {
      assertThat(w.take(1)).isTrue();
      w.run(() -> w.loop.takes = (loop, io) -> io.write() && io.fd() != w.fd);
      CompletableFuture<Integer> write = w.write(5, 1, 5);
      w.await("the copy hangs", () -> !w.loop.taken.isEmpty());
      assertThat(w.take(2)).as("a write is on its way").isFalse();
      w.assertSaid(SnapshotNotice.MOVED_ON);
      w.run(() -> w.loop.pass(3 * SECOND));
      assertThat(write).isNotDone();
      w.run(() -> w.loop.pass(3 * SECOND));
      w.written(write, 1);
      assertLost(w, "STUCK");
      w.assertSaid(SnapshotNotice.STUCK);
      assertThat(stores(w)).as("the kernel uses it still").isEqualTo(1);
      w.run(() -> w.loop.taken.removeFirst().begin().run());
      w.await("its file is gone", () -> stores(w) == 0);
    }
  }

  /** The bytes are there when it is lost, but nobody can say what they are. */
  @ParameterizedTest
  @EnumSource
  void aReadThatTheLossOvertakesGivesAnError(Kind kind) throws Exception {
    try (SnapWorld w = new SnapWorld(kind, folder, Origin.CHUNK)) {
      assertThat(w.take(1)).isTrue();
      w.written(w.write(0, 1, 1), 1);
      w.run(() -> w.loop.takes = (loop, io) -> loop.taken.size() < 2 && !io.write());
      CompletableFuture<Got> ofDisk = w.begin("md1@1", 3L * CHUNK_BLOCKS, 8);
      CompletableFuture<Got> ofStore = w.begin("md1@1", 0, 8);
      w.await("both are under way", () -> w.loop.taken.size() == 2);
      w.written(w.write(3L * CHUNK_BLOCKS, 8, 2), 8);
      assertLost(w, "FULL");
      w.run(() -> w.loop.taken.forEach(io -> io.begin().run()));
      assertThat(ofDisk.join().errno()).isEqualTo(Errno.EIO);
      assertThat(ofStore.join().errno()).isEqualTo(Errno.EIO);
      w.await("its file is gone", () -> stores(w) == 0);
    }
  }

  // ---- who wants it, and for how long

  @ParameterizedTest
  @EnumSource
  void oneThatNobodyAdoptsIsDropped(Kind kind) throws Exception {
    try (SnapWorld w = new SnapWorld(kind, folder, PLENTY)) {
      assertThat(w.take(1)).isTrue();
      assertThat(w.take(2)).isTrue();
      assertThat(w.on(() -> w.snapshots.adopt(2, "me"))).isEqualTo(Snapshots.Adoption.DONE);
      assertThat(w.on(() -> w.snapshots.adopt(2, "me"))).isEqualTo(Snapshots.Adoption.DONE);
      assertThat(w.on(() -> w.snapshots.adopt(2, "you"))).isEqualTo(Snapshots.Adoption.OF_OTHERS);
      assertThat(w.on(() -> w.snapshots.adopt(3, "me"))).isEqualTo(Snapshots.Adoption.UNKNOWN);
      assertThat(w.on(() -> w.snapshots.readable(1))).isTrue();
      w.run(() -> w.loop.pass(61 * SECOND));
      assertThat(w.on(() -> w.snapshots.readable(1))).isFalse();
      w.await("it is not listed", () -> w.snapshots.views().size() == 1);
      assertThat(w.view(2).by()).isEqualTo("me");
      w.assertSaid(SnapshotNotice.NOT_ADOPTED);
      w.run(() -> w.snapshots.delete(2));
      w.run(() -> w.snapshots.delete(2));
      assertThat(w.on(w.snapshots::views)).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void itStaysWhileItsProofIsRead(Kind kind) throws Exception {
    try (SnapWorld w = new SnapWorld(kind, folder, PLENTY)) {
      assertThat(w.take(1)).isTrue();
      w.run(() -> w.snapshots.digesting(1));
      w.run(() -> w.loop.pass(61 * SECOND));
      assertThat(w.on(() -> w.snapshots.readable(1))).isTrue();
      w.run(() -> w.snapshots.digested(1));
      w.run(() -> w.loop.pass(61 * SECOND));
      assertThat(w.on(() -> w.snapshots.readable(1))).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatACutIsWorthIsKnownOrWillNeverBe(Kind kind) throws Exception {
    try (SnapWorld w = new SnapWorld(kind, folder, PLENTY)) {
      boolean[] mayCome = {true};
      w.run(() -> w.snapshots.verdicts(ledHere -> mayCome[0]));
      assertThat(w.take(1)).isTrue();
      assertThat(w.take(2)).isTrue();
      assertThat(w.view(1).proof()).isEqualTo("OPEN");
      CutRecord proven = SnapWorld.cut(1).cut().withStatus(CutStatus.PROVEN).withDigest(5, 6);
      w.run(() -> w.snapshots.judged(proven));
      assertThat(w.view(1).proof()).isEqualTo("PROVEN");
      assertThat(w.view(1).cut()).isEqualTo(proven);
      assertThat(w.view(1).proofMillis()).isEqualTo(42);
      w.run(() -> w.loop.pass(5 * SECOND));
      assertThat(w.view(2).proof()).isEqualTo("OPEN");
      mayCome[0] = false;
      w.run(() -> w.loop.pass(2 * SECOND));
      assertThat(w.view(2).proof()).isEqualTo("UNPROVEN");
      assertThat(w.view(1).proof()).isEqualTo("PROVEN");
    }
  }

  // ---- taking one

  /** The hold has ended before the store was open: what is on the disk is of another time. */
  @ParameterizedTest
  @EnumSource
  void aWriteBeforeItStandsMeansThatThereIsNone(Kind kind) throws Exception {
    try (SnapWorld w = new SnapWorld(kind, folder, PLENTY)) {
      CompletableFuture<Boolean> answer = new CompletableFuture<>();
      w.run(() -> {
        w.snapshots.take(SnapWorld.cut(1), true, answer::complete);
        w.snapshots.write(0, 1, () -> {});
      });
      assertThat(answer.join()).isFalse();
      w.assertSaid(SnapshotNotice.MOVED_ON);
      assertThat(w.on(w.snapshots::views)).isEmpty();
      assertThat(w.on(w.snapshots::none)).isTrue();
      assertThat(w.take(2)).as("the next one").isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatFormerLivesHaveLeftIsRemovedAndSaid(Kind kind) throws Exception {
    Path stores = Files.createDirectory(folder.resolve("stores"));
    Files.write(stores.resolve("md1-0.store"), new byte[9]);
    Files.write(stores.resolve("md1-7.store"), new byte[9]);
    Files.write(stores.resolve("md1-8.store"), new byte[0]);
    Path others = Files.write(stores.resolve("md1-a-7.store"), new byte[9]);
    try (SnapWorld w = new SnapWorld(kind, folder, PLENTY)) {
      assertThat(w.take(1)).isTrue();
      assertThat(stores.resolve("md1-7.store")).doesNotExist();
      assertThat(stores.resolve("md1-8.store")).doesNotExist();
      assertThat(others).exists();
      Notice said =
          w.notices.stream()
              .filter(n -> n.code().equals(SnapshotNotice.LEFTOVERS.key()))
              .findFirst()
              .orElseThrow();
      assertThat(said.args().get(1).value()).isEqualTo("2");
    }
    try (Stream<Path> left = Files.list(stores)) {
      assertThat(left.filter(p -> !p.equals(others) && p.toFile().length() > 0)).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aFolderThatIsNoneRefusesWithTheReason(Kind kind) throws Exception {
    Files.write(folder.resolve("stores"), new byte[1]);
    try (SnapWorld w = new SnapWorld(kind, folder, PLENTY)) {
      assertThat(w.take(1)).isFalse();
      w.assertSaid(SnapshotNotice.NO_FOLDER);
      w.written(w.write(0, 1, 1), 1);
      Files.delete(folder.resolve("stores"));
      assertThat(w.take(1)).as("when it can be made").isTrue();
    }
  }

  /** The operator's word may be a store whose table has no place in memory. */
  @ParameterizedTest
  @EnumSource
  void aTableThatDoesNotFitIntoMemoryCostsTheSnapshotOnly(Kind kind) throws Exception {
    long most = 16L << 40; // bytes of the largest mirror disk: a table of 12 GiB
    assumeThat(Runtime.getRuntime().maxMemory())
        .as("memory of this process, which has none for such a table")
        .isLessThan(8L << 30);
    AtomicLong room = new AtomicLong(most * 2);
    Path stores = folder.resolve("stores");
    try (SnapWorld w = new SnapWorld(kind, folder, PLENTY)) {
      SnapshotSource source =
          new SnapshotSource(
              "md1",
              0,
              folder.resolve("data"),
              folder.resolve("cluster"),
              new Origin(w.fd, SnapWorld.BLOCK, most / SnapWorld.BLOCK),
              new SnapshotPlace(stores.resolve("large"), most),
              ProviderSpec.BUILT_IN,
              List.of());
      Provider files =
          new StoreFolder("md1", source.place(), most, List.of(), folder -> room.get());
      Snapshots large =
          w.on(() ->
              new Snapshots(
                  w.loop, source, files, w.arena, InstantSource.system(), w.notices::add));
      CompletableFuture<Boolean> answer = new CompletableFuture<>();
      w.run(() -> large.take(SnapWorld.cut(1), true, answer::complete));
      assertThat(answer.orTimeout(60, TimeUnit.SECONDS).join()).isFalse();
      w.assertSaid(SnapshotNotice.NO_MEMORY);
      assertThat(w.on(large::views)).isEmpty();
      assertThat(w.on(large::none)).isTrue();

      room.set(32 << 20);
      CompletableFuture<Boolean> next = new CompletableFuture<>();
      w.run(() -> large.take(SnapWorld.cut(2), true, next::complete));
      assertThat(next.orTimeout(60, TimeUnit.SECONDS).join()).as("a smaller one").isTrue();
      // The store of the first is gone; there is that of the second, and the one kept ready.
      w.await("two files", () -> count(stores.resolve("large")) == 2);
      w.run(large::close);
    }
  }

  private static long count(Path folder) {
    try (Stream<Path> all = Files.list(folder)) {
      return all.count();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
