// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.meikyo.linux.Descriptors;
import io.meikyo.linux.Errno;
import io.meikyo.linux.Fuse;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.LoopDevices;
import io.meikyo.linux.Mounts;
import io.meikyo.linux.SocketAddress;
import io.meikyo.linux.Sockets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every loop on the real kernel keeps to, besides. */
abstract class RealLoopContract extends IoLoopContract {
  @TempDir private Path scratch;

  @Override
  abstract RealWorld world() throws Exception;

  private RealWorld real() {
    return (RealWorld) world;
  }

  private static void needsRoot() {
    assumeThat(System.getProperty("user.name")).as("needs root").isEqualTo("root");
  }

  @Test
  void directInputAndOutputMustBeAligned() throws Exception {
    String type = Files.getFileStore(scratch).type();
    assumeThat(type).as("a file system that has O_DIRECT").isIn("ext4", "xfs", "btrfs");
    int fd = real().file(scratch.resolve("direct"), 8192 + 512, Descriptors.O_DIRECT);
    MemorySegment memory = world.memory(16384);
    assertThat(driver.does(end -> loop.write(fd, memory.asSlice(0, 8192), 0, true, end)))
        .isEqualTo(8192);
    assertThat(driver.does(end -> loop.write(fd, memory.asSlice(1, 4096), 0, false, end)))
        .isEqualTo(-Errno.EINVAL);
    assertThat(driver.does(end -> loop.read(fd, memory.asSlice(0, 100), 0, end)))
        .isEqualTo(-Errno.EINVAL);
    assertThat(driver.does(end -> loop.read(fd, memory, 0, end))).isEqualTo(8192 + 512);
  }

  @Test
  void aFullFileSystemIsAResult() throws Exception {
    needsRoot();
    Path mount = Files.createDirectory(scratch.resolve("tiny"));
    Mounts.mount("tmpfs", mount, "tmpfs", 0, "size=64k");
    try {
      int fd = Descriptors.open(mount.resolve("f"), Descriptors.O_RDWR | Descriptors.O_CREAT);
      try {
        MemorySegment memory = world.memory(256 << 10);
        assertThat(driver.does(end -> loop.write(fd, memory, 0, false, end)))
            .isEqualTo(-Errno.ENOSPC);
      } finally {
        Descriptors.close(fd);
      }
    } finally {
      Mounts.unmount(mount, 0);
    }
  }

  @Test
  void aDeviceWhoseFileWasCutFails() throws Exception {
    needsRoot();
    assumeThat(Path.of("/dev/loop-control")).as("loop devices").exists();
    int file = real().file(scratch.resolve("disk"), 1 << 20, 0);
    LoopDevices.Attached device =
        LoopDevices.attach(file, "cut", new LoopDevices.Options(false, false, true, 0, 0, 0));
    try {
      int fd = Descriptors.open(device.device(), Descriptors.O_RDWR | Descriptors.O_DIRECT);
      try {
        MemorySegment memory = world.memory(8192);
        assertThat(driver.does(end -> loop.write(fd, memory, 0, true, end))).isEqualTo(8192);
        assertThat(driver.does(end -> loop.read(fd, memory, (1 << 20) - 4096, end)))
            .as("the end of the device")
            .isEqualTo(4096);
        assertThat(driver.does(end -> loop.write(fd, memory, 1 << 20, false, end)))
            .isEqualTo(-Errno.ENOSPC);
        io.meikyo.linux.FileIo.resize(file, 0);
        assertThat(driver.does(end -> loop.read(fd, memory, 65536, end))).isEqualTo(-Errno.EIO);
      } finally {
        Descriptors.close(fd);
      }
    } finally {
      Descriptors.close(device.fd());
    }
  }

  @Test
  void socketsThatDoNotBlockAreWaitedForAllTheSame() throws Exception {
    LoopWorld.Listener listener = world.listener();
    int client = world.socket();
    Descriptors.nonBlocking(listener.fd());
    Descriptors.nonBlocking(client);
    CompletableFuture<Integer> accepted = driver.begin(end -> loop.accept(listener.fd(), end));
    driver.run(() -> {});
    assertThat(driver.does(end -> loop.connect(client, listener.address(), end))).isZero();
    int server = LoopDriver.await(accepted);
    Descriptors.nonBlocking(server);
    MemorySegment to = world.memory(4 << 20);
    CompletableFuture<Integer> first =
        driver.begin(end -> loop.receive(server, to.asSlice(0, 1), end));
    driver.run(() -> {});
    MemorySegment[] parts = {world.memory(4 << 20).fill((byte) 7)};
    CompletableFuture<Integer> sent = driver.begin(end -> loop.send(client, parts, 1, end));
    assertThat(LoopDriver.await(first)).isEqualTo(1);
    driver.receiveText(server, to, (4 << 20) - 1);
    assertThat(LoopDriver.await(sent)).isEqualTo(4 << 20);
    driver.run(() -> loop.close(server));
  }

  @Test
  void connectsToAPathAndWaitsForAFullQueue() throws Exception {
    Path path = scratch.resolve("socket");
    int listener = Sockets.listen(path, 0);
    List<Integer> clients = new ArrayList<>();
    List<CompletableFuture<Integer>> connected = new ArrayList<>();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment address = SocketAddress.of(arena, path);
      for (int i = 0; i < 4; i++) {
        int client = Sockets.stream(SocketAddress.AF_UNIX);
        Descriptors.nonBlocking(client);
        clients.add(client);
        connected.add(driver.begin(end -> loop.connect(client, address, end)));
      }
      for (int i = 0; i < 4; i++) {
        int server = driver.does(end -> loop.accept(listener, end));
        assertThat(server).isNotNegative();
        driver.run(() -> loop.close(server));
      }
      for (CompletableFuture<Integer> result : connected) {
        assertThat(LoopDriver.await(result)).isZero();
      }
    } finally {
      clients.forEach(Descriptors::close);
      Descriptors.close(listener);
    }
  }

  @Test
  void theFuseDeviceIsReadableWhenARequestComes() throws Exception {
    needsRoot();
    assumeThat(Path.of("/dev/fuse")).as("FUSE").exists();
    Path mount = Files.createDirectory(scratch.resolve("mnt"));
    int fuse;
    try {
      fuse = Fuse.open();
    } catch (LinuxException e) {
      assumeThat(e.getMessage()).as("FUSE can be opened").isEmpty();
      return;
    }
    try {
      CompletableFuture<Integer> ready;
      Fuse.mount(fuse, "meikyo", mount, true, 1 << 20);
      try {
        ready = driver.begin(end -> loop.readable(fuse, end));
        // The kernel greets with FUSE_INIT.
        assertThat(LoopDriver.await(ready) & io.meikyo.linux.Poll.POLLIN).isNotZero();
      } finally {
        Mounts.unmount(mount, Mounts.MNT_DETACH);
      }
    } finally {
      Descriptors.close(fuse);
    }
  }

  @Test
  @SuppressWarnings("MustBeClosed") // the completion does
  void memoryOfAnotherThreadIsUsed() {
    int fd = world.file(4096);
    CompletableFuture<Integer> got = new CompletableFuture<>();
    driver.run(() -> {
      Arena arena = Arena.ofConfined();
      MemorySegment memory = arena.allocate(512);
      loop.read(
          fd,
          memory,
          0,
          result -> {
            arena.close();
            got.complete(result);
          });
    });
    assertThat(LoopDriver.await(got)).isEqualTo(512);
  }
}
