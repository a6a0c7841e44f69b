// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.BitSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UringTest {
  private static final long SECOND = 1_000_000_000;

  @TempDir private Path folder;

  @BeforeEach
  void needsUring() {
    String refused = "";
    try {
      Uring.test();
    } catch (LinuxException e) {
      refused = e.getMessage();
    }
    assumeThat(refused).as("io_uring is here").isEmpty();
  }

  private static Uring ring(int begins, int ends) throws LinuxException {
    Uring uring = Uring.open(begins, ends);
    uring.enable();
    return uring;
  }

  @Test
  void writesAndReadsAFile() throws Exception {
    int fd = Descriptors.open(folder.resolve("f"), Descriptors.O_RDWR | Descriptors.O_CREAT);
    try (Uring uring = ring(8, 16);
        Arena arena = Arena.ofConfined()) {
      MemorySegment from = arena.allocateFrom(ValueLayout.JAVA_LONG, 1, 2, 3);
      MemorySegment to = arena.allocate(24);
      uring.prepare(UringOp.WRITE, fd, 8, from.address(), 24, FileIo.RWF_DSYNC, 5);
      assertThat(uring.enter(1, SECOND)).isEqualTo(1);
      assertThat(uring.next()).isTrue();
      assertThat(uring.userData()).isEqualTo(5);
      assertThat(uring.result()).isEqualTo(24);

      uring.prepare(UringOp.READ, fd, 8, to.address(), 24, 0, 6);
      uring.enter(1, SECOND);
      assertThat(uring.next()).isTrue();
      assertThat(uring.result()).isEqualTo(24);
      assertThat(to.mismatch(from)).isEqualTo(-1);
      assertThat(uring.next()).isFalse();
    } finally {
      Descriptors.close(fd);
    }
  }

  @Test
  void aFullQueueRefusesAndLosesNothing() throws Exception {
    try (Uring uring = ring(8, 16)) {
      BitSet seen = new BitSet();
      int refused = 0;
      for (int i = 0; i < 100; i++) {
        while (!uring.prepare(UringOp.NOP, -1, 0, 0, 0, 0, i)) {
          refused++;
          uring.enter(0, 0);
        }
      }
      uring.enter(0, 0);
      assertThat(refused).isPositive();
      // More ended than the queue of ends has room for.
      for (int rounds = 0; rounds < 100 && seen.cardinality() < 100; rounds++) {
        while (uring.next()) {
          assertThat(seen.get((int) uring.userData())).as("each ends once").isFalse();
          seen.set((int) uring.userData());
        }
        uring.enter(0, 0);
      }
      assertThat(seen.cardinality()).isEqualTo(100);
      assertThat(uring.queued()).isZero();
    }
  }

  @Test
  void waitingEndsWithTheTime() throws Exception {
    try (Uring uring = ring(8, 16)) {
      long before = BootTime.nanos();
      assertThat(uring.enter(1, 20_000_000)).isEqualTo(-Errno.ETIME);
      assertThat(BootTime.nanos() - before).isBetween(20_000_000L, 5 * SECOND);
    }
  }

  @Test
  void aPollIsCancelled() throws Exception {
    int[] pair = Sockets.pair();
    try (Uring uring = ring(8, 16)) {
      uring.prepare(UringOp.POLL_ADD, pair[0], 0, 0, 0, Poll.POLLIN, 1);
      uring.prepare(UringOp.ASYNC_CANCEL, -1, 0, 1, 0, 0, 2);
      uring.enter(2, SECOND);
      int[] results = new int[3];
      while (uring.next()) {
        results[(int) uring.userData()] = uring.result();
      }
      assertThat(results[1]).isEqualTo(-Errno.ECANCELED);
      assertThat(results[2]).isZero();
    } finally {
      Descriptors.close(pair[0]);
      Descriptors.close(pair[1]);
    }
  }

  @Test
  void aWrongDescriptorIsAnEndNotAnException() throws Exception {
    try (Uring uring = ring(8, 16)) {
      uring.prepare(UringOp.FSYNC, 9999, 0, 0, 0, UringOp.FSYNC_DATASYNC, 1);
      uring.enter(1, SECOND);
      assertThat(uring.next()).isTrue();
      assertThat(uring.result()).isEqualTo(-Errno.EBADF);
      assertThatThrownBy(uring::enable).hasMessageContaining("EBADFD");
    }
  }
}
