// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A store never lies on a mirror disk, whatever is between. Real devices; needs root. */
@Timeout(120)
class StandsOnTest {
  private static final long MIB = 1 << 20;

  @TempDir private Path folder;
  private LoopMount world;

  @BeforeEach
  void devices() {
    world = new LoopMount();
  }

  @AfterEach
  void takeAway() {
    world.close();
  }

  @Test
  void aFolderOfTheFileSystemOnIt() throws Exception {
    Path device = world.device(folder.resolve("a"), 16 * MIB);
    Path other = world.device(folder.resolve("b"), 16 * MIB);
    Path mount = world.mounted(device, folder.resolve("mnt"));
    Path below = Files.createDirectories(mount.resolve("some/where"));
    assertThat(StandsOn.device(below, device)).isTrue();
    assertThat(StandsOn.device(mount, device)).isTrue();
    assertThat(StandsOn.device(below, other)).as("another device").isFalse();
    assertThat(StandsOn.device(folder, device)).as("where its file is").isFalse();
    assertThat(StandsOn.device(below, null)).as("none").isFalse();
    assertThat(StandsOn.device(below, folder.resolve("gone"))).as("no such device").isFalse();
    assertThat(StandsOn.device(mount.resolve("gone"), device)).as("no such folder").isFalse();
  }

  @Test
  void aFileSystemOnAPartOfIt() throws Exception {
    Path device = world.device(folder.resolve("a"), 32 * MIB);
    Path part = world.part(device, MIB, 20 * MIB);
    Path mount = world.mounted(part, folder.resolve("mnt"));
    assertThat(StandsOn.device(mount, part)).isTrue();
    assertThat(StandsOn.device(mount, device)).as("the whole of it").isTrue();
    Path other = world.device(folder.resolve("b"), MIB);
    assertThat(StandsOn.device(mount, other)).isFalse();
  }

  /** Two loop devices and two file systems above each other. */
  @Test
  void aFileInAFileSystemOnIt() throws Exception {
    Path device = world.device(folder.resolve("a"), 48 * MIB);
    Path mount = world.mounted(device, folder.resolve("mnt"));
    Path inner = world.device(mount.resolve("inner"), 16 * MIB);
    Path above = world.mounted(inner, folder.resolve("above"));
    assertThat(StandsOn.device(above, inner)).isTrue();
    assertThat(StandsOn.device(above, device)).as("two below").isTrue();
    assertThat(StandsOn.device(mount, inner)).as("the other way round").isFalse();
  }

  @Test
  void aVolumeOverIt() throws Exception {
    assumeThat(LoopMount.program("dmsetup")).as("dmsetup is installed").isTrue();
    assumeThat(Files.readString(Path.of("/proc/devices")))
        .as("the kernel has the device mapper")
        .contains("device-mapper");
    Path device = world.device(folder.resolve("a"), 32 * MIB);
    Path other = world.device(folder.resolve("b"), MIB);
    Path volume = world.volume(device, 16 * MIB);
    Path mount = world.mounted(volume, folder.resolve("mnt"));
    assertThat(StandsOn.device(mount, device)).isTrue();
    assertThat(StandsOn.device(mount, other)).isFalse();
  }

  // ---- what a snapshot does with it

  /** The store would wait for itself: there is no snapshot, and the disk goes on. */
  @Test
  void aStoreOnAMirrorDiskIsRefused() throws Exception {
    Path device = world.device(folder.resolve("a"), 32 * MIB);
    Path mount = world.mounted(device, folder.resolve("mnt"));
    AtomicReference<Path> mirror = new AtomicReference<>();
    Path stores = mount.resolve("stores");
    try (SnapWorld w =
        new SnapWorld(SnapWorld.Kind.THREADS, folder, stores, 0, () -> mirror.get())) {
      mirror.set(device);
      assertThat(w.take(1)).isFalse();
      w.assertSaid(SnapshotNotice.ON_MIRROR);
      w.written(w.write(0, 1, 1), 1);
      assertThat(w.on(w.snapshots::views)).isEmpty();
      assertThat(w.on(w.snapshots::none)).isTrue();
      mirror.set(null);
      assertThat(w.take(2)).as("when it is on none any more").isTrue();
    }
  }

  /** A store that would be lost at once is not begun. */
  @Test
  void aFolderWithLittleRoomIsRefused() throws Exception {
    Path device = world.device(folder.resolve("a"), 7 * MIB);
    Path mount = world.mounted(device, folder.resolve("mnt"));
    Path stores = mount.resolve("stores");
    try (SnapWorld w = new SnapWorld(SnapWorld.Kind.THREADS, folder, stores, 0, () -> null)) {
      assertThat(w.take(1)).isFalse();
      w.assertSaid(SnapshotNotice.NO_ROOM);
      w.written(w.write(0, 1, 1), 1);
      assertThat(w.on(w.snapshots::views)).isEmpty();
    }
    // A cap that is smaller than what a store wants at least is the operator's word.
    try (SnapWorld w = new SnapWorld(SnapWorld.Kind.THREADS, folder, stores, MIB, () -> null)) {
      assertThat(w.take(1)).isTrue();
      assertThat(w.view(1).capBytes()).isEqualTo(MIB);
    }
  }

  /** Nine tenths of what is free, and not more, so that others have room still. */
  @Test
  void aStoreLeavesATenthOfTheRoom() throws Exception {
    Path device = world.device(folder.resolve("a"), 12 * MIB);
    Path mount = world.mounted(device, folder.resolve("mnt"));
    Path ballast = mount.resolve("ballast");
    Files.write(ballast, new byte[(int) (mount.toFile().getUsableSpace() - 8 * MIB)]);
    try (SnapWorld w =
        new SnapWorld(SnapWorld.Kind.THREADS, folder, mount.resolve("s"), 6 * MIB, () -> null)) {
      assertThat(w.take(1)).isTrue();
      assertThat(w.view(1).capBytes()).as("as wanted").isEqualTo(6 * MIB);
    }
    try (SnapWorld w =
        new SnapWorld(SnapWorld.Kind.THREADS, folder, mount.resolve("s"), 8 * MIB, () -> null)) {
      assertThat(w.take(1)).as("8 MiB wanted, 7.2 to be had").isFalse();
      w.assertSaid(SnapshotNotice.NO_ROOM);
    }
  }
}
