// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProcessesTest {
  @Test
  void aProcessIsWatchedSignalledAndAskedForADescriptor() throws Exception {
    Process process = new ProcessBuilder("sleep", "60").start();
    int pid = (int) process.pid();
    try (Opened opened = new Opened()) {
      int handle = opened.add(Processes.open(pid));
      assertThat(Processes.kill(pid, 0)).isZero();
      // Its standard input is the other end of a pipe of ours.
      int input = opened.add(Processes.descriptorOf(handle, 0));
      assertThat(FileStat.of(input).kind()).isEqualTo(FileStat.Kind.PIPE);
      assertThatThrownBy(() -> Processes.descriptorOf(handle, 9999)).hasMessageContaining("EBADF");

      assertThat(Processes.signal(handle, Processes.SIGTERM)).isZero();
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      try (Poll poll = new Poll()) {
        poll.add(handle, Poll.POLLIN);
        assertThat(poll.await(20_000_000_000L)).isEqualTo(1);
      }
      assertThat(Processes.signal(handle, Processes.SIGTERM)).isEqualTo(-Errno.ESRCH);
    } finally {
      process.destroyForcibly();
    }
    assertThatThrownBy(() -> Processes.open(4_000_000)).isInstanceOf(LinuxException.class);
  }

  @Test
  void theClockGoesOnAndTheBootHasAName() throws Exception {
    long before = BootTime.nanos();
    long after = BootTime.nanos();
    assertThat(after).isGreaterThanOrEqualTo(before);
    double uptime = Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ", -1)[0]);
    assertThat(after / 1e9).isBetween(uptime - 5, uptime + 5);
    assertThat(BootTime.bootId()).isEqualTo(BootTime.bootId()).isNotZero();
  }

  @Test
  void theKernelIsToldWhoServesDisks() throws Exception {
    int[] results = new int[2];
    Thread thread =
        Thread.ofPlatform()
            .start(() -> {
              results[0] = Processes.serveDisk();
              results[1] = Processes.signalWhenParentEnds(0);
            });
    thread.join();
    assertThat(results[0]).isIn(0, -Errno.EPERM, -Errno.EINVAL);
    assertThat(results[1]).isZero();
  }

  @Test
  void memoryIsLocked() throws Exception {
    assumeThat(System.getProperty("user.name")).as("needs root").isEqualTo("root");
    Processes.lockMemory();
    try {
      assertThat(Files.readAllLines(Path.of("/proc/self/status")))
          .anyMatch(line -> line.startsWith("VmLck:") && !line.matches("VmLck:\\s+0 kB"));
    } finally {
      Processes.unlockMemory();
    }
  }

  @Test
  void aThreadEntersANetwork() throws Exception {
    assumeThat(System.getProperty("user.name")).as("needs root").isEqualTo("root");
    try (Opened opened = new Opened()) {
      int own = opened.add(Descriptors.open(Path.of("/proc/self/ns/net"), Descriptors.O_RDONLY));
      Processes.enterNetwork(own);
      int mounts = opened.add(Descriptors.open(Path.of("/proc/self/ns/mnt"), Descriptors.O_RDONLY));
      assertThatThrownBy(() -> Processes.enterNetwork(mounts)).hasMessageContaining("EINVAL");
    }
  }
}
