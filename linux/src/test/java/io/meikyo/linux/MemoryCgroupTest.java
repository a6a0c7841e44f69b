// SPDX-License-Identifier: Apache-2.0
package io.meikyo.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MemoryCgroupTest {
  private static final long MIB = 1L << 20;

  private MemoryCgroup group;

  @BeforeEach
  void make() throws IOException {
    assumeThat(System.getProperty("user.name")).as("needs root").isEqualTo("root");
    MemoryCgroup root = MemoryCgroup.root();
    assumeThat(root).as("a control group hierarchy accounts for memory").isNotNull();
    try {
      group = root.child("meikyo-cgroup-test-" + ProcessHandle.current().pid());
      group.limit(256 * MIB);
    } catch (IOException e) {
      assumeThat(e).as("control groups with a limit can be made here").isNull();
    }
  }

  @AfterEach
  void remove() throws Exception {
    if (group != null) {
      remove(group);
    }
  }

  /** A group is empty only a moment after its last process has ended. */
  private static void remove(MemoryCgroup group) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (true) {
      try {
        group.remove();
        return;
      } catch (IOException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        LockSupport.parkNanos(10_000_000);
      }
    }
  }

  private static Process within(MemoryCgroup group, String script) throws IOException {
    return new ProcessBuilder("sh", "-c", "echo $$ >'" + group + "/cgroup.procs' && " + script)
        .redirectErrorStream(true)
        .start();
  }

  @Test
  void aLimitHoldsForWhatIsBelowIt() throws Exception {
    assertThat(group.limit()).isEqualTo(256 * MIB);
    assertThat(group.limiting()).isNotNull();
    MemoryCgroup below = group.child("below");
    try {
      assertThat(below.limit()).isEqualTo(MemoryCgroup.UNLIMITED);
      MemoryCgroup limiting = below.limiting();
      assertThat(limiting).isNotNull();
      assertThat(limiting.path()).isEqualTo(group.path());
      Process process = new ProcessBuilder("sleep", "60").start();
      try {
        below.enter((int) process.pid());
        MemoryCgroup now = MemoryCgroup.of((int) process.pid());
        assertThat(now).isNotNull();
        assertThat(now.path()).isEqualTo(below.path());
        assertThat(now.above()).isNotNull();
      } finally {
        process.destroyForcibly().waitFor();
      }
    } finally {
      remove(below);
    }
    group.limit(MemoryCgroup.UNLIMITED);
    assertThat(group.limit()).isEqualTo(MemoryCgroup.UNLIMITED);
  }

  @Test
  void whoeverWantsMoreThanTheLimitIsKilled() throws Exception {
    group.noSwap();
    group.limit(16 * MIB);
    Process greedy = within(group, "exec head -c 64M /dev/zero | tail -c 64M >/dev/null");
    assertThat(greedy.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(group.killed()).isPositive();
    assertThat(group.full()).isPositive();
    assertThat(group.used()).isLessThanOrEqualTo(16 * MIB);
    assertThat(group.unwritten()).isLessThanOrEqualTo(group.used());
  }

  @Test
  void everyProcessHasAGroup() throws Exception {
    MemoryCgroup own = MemoryCgroup.own();
    assertThat(own).isNotNull();
    assertThat(own.path()).isDirectory();
    assertThat(own.version()).isEqualTo(group.version());
  }
}
