// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.snapshot.SnapWorld.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Reflinks, on a file system of one's own. */
abstract class ReflinkContract extends ProviderContract {
  private static final long SECOND = 1_000_000_000L;

  private @Nullable SmallFileSystem disks;

  /** Makes the file system, or skips. */
  abstract SmallFileSystem mount() throws IOException;

  @BeforeEach
  void begin() throws IOException {
    disks = mount();
  }

  @AfterEach
  void unmount() {
    if (disks != null) {
      disks.close();
    }
  }

  /** What the file system says is free can be had by a write. */
  abstract boolean freeIsFree();

  final SmallFileSystem disks() {
    return Objects.requireNonNull(disks);
  }

  @Override
  Path folder() {
    return disks().at;
  }

  @Override
  ProviderSpec spec() {
    return new ProviderSpec(ProviderSpec.Kind.REFLINK, null, null, ProviderSpec.USUAL_NANOS);
  }

  @Override
  List<String> left() throws IOException {
    try (Stream<Path> all = Files.list(folder())) {
      return all.map(Path::toString).filter(p -> p.endsWith(".reflink")).toList();
    }
  }

  @Override
  boolean fill() throws IOException {
    disks().leave(100 << 20);
    return true;
  }

  @Override
  void empty() throws IOException {
    disks().empty();
  }

  /** The disk itself needs room when it is written: before there is none, the snapshot goes. */
  @ParameterizedTest
  @EnumSource
  void itIsGivenUpBeforeTheRoomIsUsedUp(Kind kind) throws Exception {
    try (SnapWorld w = world(kind)) {
      assertThat(w.take(1)).isTrue();
      assertThat(w.on(() -> w.snapshots.adopt(1, "me"))).isEqualTo(Snapshots.Adoption.DONE);
      w.writeMuch(new Random(1), 1);
      disks().leave(40 << 20);
      w.await(
          "it is given up",
          () -> {
            w.loop.pass(SECOND);
            SnapshotView view = w.snapshots.view(1);
            return view == null || !view.stands();
          });
      assertThat(w.view(1).why()).isEqualTo("FULL");
      w.assertSaid(SnapshotNotice.OUT_OF_ROOM);
      if (freeIsFree()) {
        w.writeMuch(new Random(2), 2);
      }
    } finally {
      empty();
    }
  }

  @Test
  void anotherFileSystemIsRefusedWithTheReason() throws Exception {
    ProviderSpec elsewhere =
        new ProviderSpec(ProviderSpec.Kind.REFLINK, temp, null, ProviderSpec.USUAL_NANOS);
    try (SnapWorld w = new SnapWorld(Kind.THREADS, folder(), place(), elsewhere)) {
      assertThat(w.take(1)).isFalse();
      assertThat(w.notices.toString()).contains("on another file system than the data partition");
      w.writeMuch(new Random(2), 2);
    }
    try (Stream<Path> all = Files.list(temp)) {
      assertThat(all.filter(p -> p.toString().endsWith(".reflink"))).isEmpty();
    }
  }

  /** Two replicas in one folder, and disks whose names begin alike, have nothing in common. */
  @Test
  void whatOthersHaveThereStays() throws Exception {
    Path other = Files.write(folder().resolve("md1-1-7.reflink"), new byte[9]);
    Path longer = Files.write(folder().resolve("md1-0-a-7.reflink"), new byte[9]);
    Path mine = Files.write(folder().resolve("md1-0-7.reflink"), new byte[9]);
    try (SnapWorld w = world(Kind.THREADS)) {
      w.await("what is nobody's is removed", () -> !Files.exists(mine));
      assertThat(w.take(1)).isTrue();
      assertThat(Arrays.mismatch(w.all("md1@1"), w.now())).isEqualTo(-1);
    }
    assertThat(other).exists();
    assertThat(longer).exists();
    Files.delete(other);
    Files.delete(longer);
  }
}
