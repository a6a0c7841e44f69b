// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Loop devices and mounts, as root. */
@Timeout(60)
class DevicesTest {
  @TempDir private Path folder;
  private final Opened opened = new Opened();

  @BeforeEach
  void needsRoot() {
    assumeThat(System.getProperty("user.name")).as("needs root").isEqualTo("root");
  }

  @AfterEach
  void clean() {
    opened.close();
  }

  private LoopDevices.Attached attach(Path file, long bytes, LoopDevices.Options options)
      throws Exception {
    assumeThat(Path.of("/dev/loop-control")).as("loop devices").exists();
    int flags = Descriptors.O_RDWR | Descriptors.O_CREAT;
    int fd = opened.add(Descriptors.open(file, flags));
    FileIo.resize(fd, bytes);
    LoopDevices.Attached attached = LoopDevices.attach(fd, file.toString(), options);
    opened.add(attached.fd());
    return attached;
  }

  @Test
  void aFileBecomesADevice() throws Exception {
    Path file = folder.resolve("disk");
    LoopDevices.Attached loop =
        attach(file, 1 << 20, new LoopDevices.Options(false, true, true, 4096, 4096, 0));
    int fd = loop.fd();
    assertThat(BlockDevices.bytes(fd)).isEqualTo((1 << 20) - 4096);
    assertThat(BlockDevices.logicalBlockBytes(fd)).isEqualTo(4096);
    assertThat(BlockDevices.physicalBlockBytes(fd)).isGreaterThanOrEqualTo(4096);
    String type = Files.getFileStore(folder).type();
    if (type.equals("ext4") || type.equals("xfs")) {
      assertThat(LoopDevices.isDirect(loop.device())).isTrue();
    }
    assertThat(LoopDevices.of(file)).extracting("device").containsExactly(loop.device());

    FileStat stat = FileStat.of(fd);
    assertThat(stat.kind()).isEqualTo(FileStat.Kind.BLOCK_DEVICE);
    BlockDevices.Limits limits = BlockDevices.limits(stat.device());
    assertThat(limits.requestMax()).isPositive();
    assertThat(limits.discardMax()).isPositive();

    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ones = arena.allocate(8192, 4096).fill((byte) 1);
      assertThat(FileIo.write(fd, ones, 0)).isEqualTo(8192);
      BlockDevices.zero(fd, 0, 4096);
      BlockDevices.discard(fd, 4096, 4096);
      BlockDevices.dropCache(fd);
      MemorySegment back = arena.allocate(8192, 4096).fill((byte) 2);
      assertThat(FileIo.read(fd, back, 0)).isEqualTo(8192);
      assertThat(back.mismatch(arena.allocate(8192))).isEqualTo(-1);
    }
    Path device = loop.device();
    int other = opened.add(Descriptors.open(device, Descriptors.O_RDWR | Descriptors.O_EXCL));
    assertThatThrownBy(() -> Descriptors.open(device, Descriptors.O_RDONLY | Descriptors.O_EXCL))
        .hasMessageContaining("EBUSY");
    opened.close(other);
    LoopDevices.detach(device);
    opened.close(fd);
    assertThat(LoopDevices.of(file)).isEmpty();
  }

  @Test
  void aBadBlockSizeIsRefused() {
    assertThatThrownBy(() ->
            attach(
                folder.resolve("disk"),
                1 << 20,
                new LoopDevices.Options(false, false, true, 1000, 0, 0)))
        .hasMessageContaining("LOOP_CONFIGURE")
        .hasMessageContaining("EINVAL");
  }

  @Test
  void aFileSystemIsMountedFrozenAndThawed() throws Exception {
    assumeThat(Path.of("/usr/sbin/mkfs.ext4")).as("mkfs.ext4").exists();
    LoopDevices.Attached loop =
        attach(
            folder.resolve("disk"), 32 << 20, new LoopDevices.Options(false, false, true, 0, 0, 0));
    Process mkfs =
        new ProcessBuilder("mkfs.ext4", "-q", loop.device().toString())
            .redirectErrorStream(true)
            .start();
    assertThat(mkfs.waitFor()).isZero();
    Path at = Files.createDirectory(folder.resolve("with space"));
    Mounts.mount(loop.device().toString(), at, "ext4", Mounts.MS_NOATIME, "");
    try {
      assertThat(Mounts.all())
          .anySatisfy(mounted -> {
            assertThat(mounted.at()).isEqualTo(at.toRealPath());
            assertThat(mounted.type()).isEqualTo("ext4");
            assertThat(mounted.source()).isEqualTo(loop.device().toString());
          });
      int fd = Descriptors.open(at, Descriptors.O_RDONLY | Descriptors.O_DIRECTORY);
      try {
        assertThatThrownBy(() -> Freezer.thaw(fd)).hasMessageContaining("EINVAL");
        Freezer.sync(fd);
        Freezer.freeze(fd);
        try {
          assertThatThrownBy(() -> Freezer.freeze(fd)).hasMessageContaining("EBUSY");
        } finally {
          Freezer.thaw(fd);
        }
        Files.writeString(at.resolve("f"), "written again");
        assertThatThrownBy(() -> Mounts.unmount(at, 0)).hasMessageContaining("EBUSY");
      } finally {
        Descriptors.close(fd);
      }
    } finally {
      Mounts.unmount(at, 0);
    }
    assertThatThrownBy(() -> Mounts.unmount(at, 0)).hasMessageContaining("EINVAL");
  }

  @Test
  void anUnknownFileSystemIsRefused() {
    assertThatThrownBy(() -> Mounts.mount("x", folder, "no-such-fs", 0, ""))
        .hasMessage(
            "mount of x on " + folder + " failed: ENODEV, there is no such device, or no driver");
  }

  @Test
  void aStuckFuseFileSystemIsAborted() throws Exception {
    assumeThat(Path.of("/dev/fuse")).as("FUSE").exists();
    int fuse = opened.add(Fuse.open());
    Path at = Files.createDirectory(folder.resolve("mnt"));
    DeviceNumber device = Fuse.mount(fuse, "meikyo", at, true, 1 << 20);
    try {
      // Nobody answers the kernel's greeting, so whoever looks waits.
      CompletableFuture<Boolean> looked = new CompletableFuture<>();
      Thread.ofPlatform().daemon().start(() -> looked.complete(Files.exists(at.resolve("f"))));
      long end = BootTime.nanos() + 10_000_000_000L;
      while (Fuse.waiting(device) < 2 && BootTime.nanos() < end) {
        Thread.onSpinWait();
      }
      assertThat(looked).isNotDone();
      assertThat(Fuse.waiting(device)).isPositive();
      assertThat(Fuse.abort(device)).isTrue();
      assertThat(looked.get(10, TimeUnit.SECONDS)).isFalse();
    } finally {
      Mounts.unmount(at, Mounts.MNT_DETACH);
    }
    opened.close(fuse);
    assertThat(Fuse.abort(new DeviceNumber(0, 99_999))).isFalse();
  }
}
