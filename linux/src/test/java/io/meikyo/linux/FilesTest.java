// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilesTest {
  @TempDir private Path folder;
  private final Arena arena = Arena.ofConfined();
  private final Opened opened = new Opened();

  @AfterEach
  void clean() {
    opened.close();
    arena.close();
  }

  private int file(int flags) throws LinuxException {
    return opened.add(
        Descriptors.open(folder.resolve("f"), Descriptors.O_RDWR | Descriptors.O_CREAT | flags));
  }

  @Test
  void openingSaysWhatFailed() {
    Path missing = folder.resolve("missing");
    assertThatThrownBy(() -> Descriptors.open(missing, Descriptors.O_RDONLY))
        .hasMessage("open of " + missing + " failed: ENOENT, there is no such file")
        .isInstanceOfSatisfying(
            LinuxException.class,
            e -> {
              assertThat(e.errno()).isEqualTo(Errno.ENOENT);
              assertThat(e.call()).isEqualTo("open");
              assertThat(e.object()).isEqualTo(missing.toString());
            });
    assertThat(Descriptors.close(9999)).isEqualTo(-Errno.EBADF);
    assertThat(Errno.sentence(4711)).isEqualTo("errno 4711");
  }

  @Test
  void writesAndReadsAtAnOffset() throws Exception {
    int fd = file(0);
    MemorySegment word = arena.allocateFrom("mirror");
    assertThat(FileIo.write(fd, word, 10)).isEqualTo(7);
    assertThat(FileIo.writeDurably(fd, word, 20, arena.allocate(16, 8))).isEqualTo(7);
    assertThat(FileIo.sync(fd)).isZero();
    MemorySegment back = arena.allocate(100);
    assertThat(FileIo.read(fd, back, 10)).isEqualTo(17);
    assertThat(back.getString(10)).isEqualTo("mirror");
    assertThat(FileIo.read(fd, back, 1000)).isZero();
    assertThat(FileIo.read(9999, back, 0)).isEqualTo(-Errno.EBADF);
  }

  @Test
  void directInputAndOutputMustBeAligned() throws Exception {
    int fd;
    try {
      fd = file(Descriptors.O_DIRECT);
    } catch (LinuxException e) {
      assumeThat(e.errno()).as("the file system has O_DIRECT").isZero();
      return;
    }
    MemorySegment block = arena.allocate(8192, 4096);
    assertThat(FileIo.write(fd, block.asSlice(0, 4096), 0)).isEqualTo(4096);
    assumeThat(Files.getFileStore(folder).type()).as("tmpfs aligns nothing").isNotEqualTo("tmpfs");
    assertThat(FileIo.write(fd, block.asSlice(1, 4096), 0)).isEqualTo(-Errno.EINVAL);
    assertThat(FileIo.write(fd, block.asSlice(0, 100), 0)).isEqualTo(-Errno.EINVAL);
  }

  @Test
  void holesAreFound() throws Exception {
    int fd = file(0);
    FileIo.resize(fd, 1 << 20);
    assertThat(FileIo.firstHole(folder.resolve("f"))).isZero();
    MemorySegment data = arena.allocate(1 << 16).fill((byte) 1);
    FileIo.write(fd, data, 1 << 18);
    assertThat(FileIo.seekData(fd, 0)).isEqualTo(1 << 18);
    assertThat(FileIo.seekHole(fd, 1 << 18)).isEqualTo((1 << 18) + (1 << 16));
    assertThat(FileIo.seekData(fd, 1 << 19)).isEqualTo(-Errno.ENXIO);
    int punch = FileIo.FALLOC_PUNCH_HOLE | FileIo.FALLOC_KEEP_SIZE;
    assertThat(FileIo.allocate(fd, punch, 0, 1 << 20)).isZero();
    assertThat(FileIo.seekData(fd, 0)).isEqualTo(-Errno.ENXIO);
  }

  @Test
  void statTellsWhatItIs() throws Exception {
    int fd = file(0);
    FileIo.resize(fd, 12345);
    FileStat stat = FileStat.of(fd);
    assertThat(stat.kind()).isEqualTo(FileStat.Kind.REGULAR);
    assertThat(stat.size()).isEqualTo(12345);
    assertThat(stat.inode()).isEqualTo(Files.getAttribute(folder.resolve("f"), "unix:ino"));
    int zero = opened.add(Descriptors.open(Path.of("/dev/zero"), Descriptors.O_RDONLY));
    assertThat(FileStat.of(zero).kind()).isEqualTo(FileStat.Kind.CHARACTER_DEVICE);
    assertThat(FileStat.of(zero).device()).hasToString("1:5");
    int here = opened.add(Descriptors.open(folder, Descriptors.O_RDONLY | Descriptors.O_DIRECTORY));
    assertThat(FileStat.of(here).kind()).isEqualTo(FileStat.Kind.FOLDER);
    assertThat(FileStat.of(opened.add(Sockets.pair())[0]).kind()).isEqualTo(FileStat.Kind.SOCKET);
    assertThatThrownBy(() -> BlockDevices.bytes(fd)).hasMessageContaining("ENOTTY");
  }

  @Test
  void locksKeepOthersOut() throws Exception {
    int one = file(0);
    int two = file(0);
    assertThat(FileLocks.flock(one, true)).isZero();
    assertThat(FileLocks.flock(two, false)).isEqualTo(-Errno.EAGAIN);
    FileLocks.unflock(one);
    assertThat(FileLocks.flock(two, false)).isZero();

    assertThat(FileLocks.lock(one, false)).isZero();
    assertThat(FileLocks.lock(two, false)).isZero();
    assertThat(FileLocks.lock(two, true)).isEqualTo(-Errno.EAGAIN);
    try (FileChannel channel = FileChannel.open(folder.resolve("f"), StandardOpenOption.WRITE)) {
      assertThat(channel.tryLock()).as("a lock of Java's kind").isNull();
    }
    FileLocks.unlock(two);
    assertThat(FileLocks.lock(one, true)).isZero();
  }

  @Test
  void pipesAndEventsCarry() throws Exception {
    int[] pipe = opened.add(Descriptors.pipe());
    MemorySegment text = arena.allocateFrom("x", StandardCharsets.US_ASCII);
    assertThat(Descriptors.nonBlocking(pipe[0])).isZero();
    assertThat(Descriptors.read(pipe[0], text)).isEqualTo(-Errno.EAGAIN);
    assertThat(Descriptors.write(pipe[1], text)).isEqualTo(2);
    int other = opened.add(Descriptors.duplicate(pipe[0]));
    assertThat(Descriptors.read(other, text)).isEqualTo(2);

    int event = opened.add(Descriptors.eventfd());
    try (Poll poll = new Poll()) {
      poll.add(event, Poll.POLLIN);
      assertThat(poll.await(0)).isZero();
      MemorySegment count = arena.allocate(8, 8);
      count.set(Native.LONG, 0, 3);
      assertThat(Descriptors.write(event, count)).isEqualTo(8);
      assertThat(poll.await(1_000_000_000)).isEqualTo(1);
      assertThat(poll.events(0)).isEqualTo(Poll.POLLIN);
      assertThat(Descriptors.read(event, count)).isEqualTo(8);
      poll.clear();
      for (int i = 0; i < 40; i++) {
        poll.add(event, Poll.POLLIN);
      }
      assertThat(poll.add(9999, Poll.POLLIN)).isEqualTo(40);
      assertThat(poll.await(1_000_000_000)).isEqualTo(1);
      assertThat(poll.events(40)).isEqualTo(Poll.POLLNVAL);
    }
  }
}
