// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.block.BlockService;
import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.loop.Loops;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.BackupRecord;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Generations;
import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.PeerSlot;
import io.meikyo.core.partition.Stamp;
import io.meikyo.core.partition.Superblock;
import io.meikyo.linux.Descriptors;
import io.meikyo.linux.LinuxException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/** A disk as a file, on a loop with a thread of its own, with snapshots of it. */
final class SnapWorld implements AutoCloseable {
  /** The loops on which snapshots are tested. */
  enum Kind {
    IO_URING,
    THREADS;

    IoLoop open() throws IOException {
      try {
        return this == IO_URING ? Loops.uring() : Loops.threads();
      } catch (LinuxException e) {
        throw new TestAbortedException("no io_uring here", e);
      }
    }
  }

  static final int BLOCK = 512;

  /** The last chunk is short, and its end is no multiple of a page. */
  static final long BLOCKS = (8 << 20) / BLOCK - 3;

  private static final int SECONDS = 30;

  final Path folder;
  final Path file;
  final Path stores;
  final TestLoop loop;
  final Arena arena = Arena.ofShared();
  final Provider provider;
  final Snapshots snapshots;
  final int fd;
  final byte[] disk = new byte[(int) BLOCKS * BLOCK];
  final List<Notice> notices = new CopyOnWriteArrayList<>();

  /** What clients could read, by name. */
  final Map<String, BlockService> exports = new HashMap<>();

  private final List<MemorySegment> memory = new ArrayList<>();
  private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
  private final AtomicReference<Throwable> thrown = new AtomicReference<>();

  SnapWorld(Kind kind, Path folder, long cap) throws Exception {
    this(kind, folder, new SnapshotPlace(folder.resolve("stores"), cap), ProviderSpec.BUILT_IN);
  }

  /**
   * With stores at any place.
   *
   * @param device the mirror disk as this server has it
   */
  SnapWorld(Kind kind, Path folder, Path stores, long cap, Supplier<@Nullable Path> device)
      throws Exception {
    this(
        kind,
        folder,
        new SnapshotPlace(stores, cap),
        ProviderSpec.BUILT_IN,
        SnapshotSource::provider,
        device);
  }

  SnapWorld(Kind kind, Path folder, SnapshotPlace place, ProviderSpec spec) throws Exception {
    this(kind, folder, place, spec, SnapshotSource::provider);
  }

  /**
   * A disk in a folder, where a former life may have left one.
   *
   * @param make the provider, from what is configured
   */
  SnapWorld(
      Kind kind,
      Path folder,
      SnapshotPlace place,
      ProviderSpec spec,
      Function<SnapshotSource, Provider> make)
      throws Exception {
    this(kind, folder, place, spec, make, () -> null);
  }

  private SnapWorld(
      Kind kind,
      Path folder,
      SnapshotPlace place,
      ProviderSpec spec,
      Function<SnapshotSource, Provider> make,
      Supplier<@Nullable Path> device)
      throws Exception {
    this.folder = folder;
    file = folder.resolve("data");
    stores = place.folder();
    if (Files.exists(file)) {
      System.arraycopy(Files.readAllBytes(file), 0, disk, 0, disk.length);
    } else {
      new Random(7).nextBytes(disk);
      Files.write(file, disk);
    }
    fd = Descriptors.open(file, Descriptors.O_RDWR | Descriptors.O_DIRECT);
    loop = new TestLoop(kind.open());
    SnapshotSource source =
        new SnapshotSource(
            "md1",
            0,
            file,
            folder.resolve("cluster"),
            new Origin(fd, BLOCK, BLOCKS),
            place,
            spec,
            List.of(() -> null, device));
    provider = make.apply(source);
    snapshots = new Snapshots(loop, source, provider, arena, InstantSource.system(), notices::add);
    snapshots.listener(
        new Snapshots.Listener() {
          @Override
          public void added(String name, BlockService blocks) {
            exports.put(name, blocks);
          }

          @Override
          public void removed(String name) {
            exports.remove(name);
          }
        },
        folder.resolve("socket"));
    snapshots.begin();
    Thread.ofPlatform()
        .name("snapshots")
        .start(() -> {
          try {
            loop.run();
          } catch (Throwable t) {
            thrown.set(t);
          } finally {
            ended.complete(true);
          }
        });
  }

  // ---- the loop

  <T> T on(Supplier<T> task) {
    CompletableFuture<T> result = new CompletableFuture<>();
    loop.post(() -> {
      try {
        result.complete(task.get());
      } catch (Throwable t) {
        result.completeExceptionally(t);
      }
    });
    return result.orTimeout(SECONDS, TimeUnit.SECONDS).join();
  }

  void run(Runnable task) {
    on(() -> {
      task.run();
      return true;
    });
  }

  /** Waits until something holds on the loop's thread. */
  void await(String what, Supplier<Boolean> holds) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (!on(holds)) {
      assertThat(System.nanoTime()).as(what).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  // ---- cuts

  static Superblock cut(long cutId) {
    Stamp stamp = new Stamp(9, 99);
    return new Superblock(
        88,
        new Identity(new UUID(1, 2), new UUID(3, 4), 0),
        new Geometry(BLOCK, BLOCKS, 128, 8192, 512, 64),
        4711,
        17,
        3,
        0,
        Generations.of(30, 20),
        Condition.CONSISTENT,
        true,
        false,
        5,
        stamp,
        Stamp.NONE,
        Collections.nCopies(Identity.REPLICAS_MAX, new PeerSlot(stamp, Stamp.NONE, true, true, 42)),
        new CutRecord(cutId, 3, 30, 17, stamp, 100, CutStatus.UNPROVEN, 0, 0),
        BackupRecord.OFF,
        false);
  }

  CompletableFuture<Boolean> begin(long cutId) {
    CompletableFuture<Boolean> answer = new CompletableFuture<>();
    run(() -> snapshots.take(cut(cutId), true, answer::complete));
    return answer;
  }

  /** Takes one; true if it stands. Returns what is on the disk. */
  boolean take(long cutId) {
    return begin(cutId).orTimeout(SECONDS, TimeUnit.SECONDS).join();
  }

  /** The disk as it is, for comparison later. */
  byte[] now() {
    return disk.clone();
  }

  SnapshotView view(long cutId) {
    return on(() -> snapshots.view(cutId));
  }

  // ---- the disk

  /** Writes what a seed says; ends when it is on the disk. Not two at one place at one time. */
  CompletableFuture<Integer> write(long start, int count, long seed) {
    byte[] bytes = new byte[count * BLOCK];
    new Random(seed).nextBytes(bytes);
    System.arraycopy(bytes, 0, disk, (int) start * BLOCK, bytes.length);
    CompletableFuture<Integer> end = new CompletableFuture<>();
    loop.post(() -> {
      MemorySegment from = arena.allocate(bytes.length, 4096);
      MemorySegment.copy(bytes, 0, from, ValueLayout.JAVA_BYTE, 0, bytes.length);
      memory.add(from);
      snapshots.write(
          start, count, () -> loop.write(fd, from, start * BLOCK, false, end::complete));
    });
    return end;
  }

  void written(CompletableFuture<Integer> write, int count) {
    assertThat(write.orTimeout(SECONDS, TimeUnit.SECONDS).join()).isEqualTo(count * BLOCK);
  }

  /** Writes at random places, some at a time, each somewhere else. */
  void writeMuch(Random random, int rounds) {
    for (int round = 0; round < rounds; round++) {
      List<CompletableFuture<Integer>> writes = new ArrayList<>();
      List<Integer> counts = new ArrayList<>();
      long part = BLOCKS / 8;
      for (int i = 0; i < 8; i++) {
        int count = 1 + random.nextInt(300);
        long start = i * part + random.nextInt((int) part - count);
        writes.add(write(start, count, random.nextLong()));
        counts.add(count);
      }
      for (int i = 0; i < writes.size(); i++) {
        written(writes.get(i), counts.get(i));
      }
    }
  }

  // ---- snapshots

  /** What a read gives: bytes, or an errno. */
  record Got(int errno, byte[] bytes) {}

  CompletableFuture<Got> begin(String name, long start, int count) {
    CompletableFuture<Got> got = new CompletableFuture<>();
    loop.post(() ->
        exports
            .get(name)
            .read(
                start,
                count,
                (errno, data) ->
                    got.complete(
                        new Got(
                            errno,
                            data == null
                                ? new byte[0]
                                : data.bytes().toArray(ValueLayout.JAVA_BYTE)))));
    return got.orTimeout(SECONDS, TimeUnit.SECONDS);
  }

  Got read(String name, long start, int count) {
    return begin(name, start, count).join();
  }

  /** Everything, in parts of an odd size, several at a time. */
  byte[] all(String name) {
    byte[] all = new byte[disk.length];
    int part = 177;
    List<CompletableFuture<Got>> reads = new ArrayList<>();
    for (long at = 0; at < BLOCKS; at += part) {
      reads.add(begin(name, at, (int) Math.min(part, BLOCKS - at)));
    }
    int at = 0;
    for (CompletableFuture<Got> read : reads) {
      Got got = read.join();
      assertThat(got.errno).isZero();
      System.arraycopy(got.bytes, 0, all, at, got.bytes.length);
      at += got.bytes.length;
    }
    assertThat(at).isEqualTo(disk.length);
    return all;
  }

  void assertSaid(SnapshotNotice what) {
    assertThat(notices).extracting(Notice::code).contains(what.key());
  }

  @Override
  public void close() throws IOException {
    end(true);
  }

  /** The agent dies: nothing is said to anybody, nothing is removed. */
  void die() throws IOException {
    end(false);
  }

  /** What it does beside the loop uses folders that the test is about to remove. */
  private void awaitBeside() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (!snapshots.beside.isEnded()) {
      assertThat(System.nanoTime()).as("work beside the loop ends").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private void end(boolean inOrder) throws IOException {
    int lent = 0;
    List<Integer> open = List.of();
    try {
      if (!inOrder) {
        open = on(snapshots::descriptors);
      } else {
        lent = on(snapshots::lent);
        run(snapshots::close);
        on(() -> true); // what close has posted
      }
    } finally {
      loop.stop();
      ended.orTimeout(SECONDS, TimeUnit.SECONDS).join();
      loop.close();
      Descriptors.close(fd);
      snapshots.beside.close();
      awaitBeside();
      open.forEach(Descriptors::close);
    }
    if (thrown.get() != null) {
      throw new AssertionError("the loop has died", thrown.get());
    }
    assertThat(Files.readAllBytes(file)).as("the disk itself").isEqualTo(disk);
    assertThat(lent).as("pieces of memory that did not come back").isZero();
    arena.close();
  }
}
