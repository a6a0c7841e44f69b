// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.meikyo.agent.memory.OwnMemory;
import io.meikyo.lab.soak.TightMachine;
import io.meikyo.linux.MemoryCgroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Whoever writes dirty pages out must not wait for memory that only they can free. Two servers,
 * ext4 on the device of the active, and a program that writes more than there is memory for, in
 * control groups of its own: nothing of the machine itself becomes short. Each case ends by itself,
 * or the program is shown with the place in the kernel where it hangs.
 */
@Timeout(300)
class MemoryTest {
  private static final long MIB = 1L << 20;
  private static final long DISK = 192 * MIB;
  private static final int WRITTEN_MIB = 120;

  private Pair pair;
  private Server one;
  private OnDevice files;
  private MemoryCgroup group;

  @BeforeEach
  void begin() throws Exception {
    assumeThat(System.getProperty("user.name")).as("mounts need root").isEqualTo("root");
    assumeThat(Path.of("/dev/fuse")).as("the kernel has FUSE").exists();
    assumeThat(Path.of("/dev/loop-control")).as("the kernel has loop devices").exists();
    assumeThat(Path.of("/usr/sbin/mkfs.ext4")).as("e2fsprogs is installed").exists();
    MemoryCgroup root = MemoryCgroup.root();
    assumeThat(root).as("a control group hierarchy accounts for memory").isNotNull();
    try {
      group = root.child("meikyo-test-" + ProcessHandle.current().pid());
      group.limit(24 * MIB);
    } catch (IOException e) {
      assumeThat(e).as("control groups with a limit can be made here").isNull();
    }
    pair = new Pair(DISK, true, false);
    one = pair.one;
  }

  private void up() throws Exception {
    pair.start().first(one);
    files = new OnDevice(pair, one);
  }

  @AfterEach
  void end() throws Exception {
    try {
      if (pair != null) {
        try {
          if (files != null) {
            files.close();
          }
        } finally {
          pair.close();
        }
      }
    } finally {
      if (group != null) {
        remove(group);
        removeUnused(group.above().child(OwnMemory.GROUP));
      }
    }
  }

  /** Where agents have gone; others may be there, or go there at this moment. */
  private static void removeUnused(MemoryCgroup meikyo) {
    try {
      meikyo.remove();
    } catch (IOException e) {
      System.err.println("still in use: " + e.getMessage());
    }
  }

  /** A group is empty only a moment after its last process has ended. */
  private static void remove(MemoryCgroup group) throws Exception {
    Await.that(
        20,
        group + " is empty",
        () -> "it is not",
        () -> {
          try {
            group.remove();
            return true;
          } catch (IOException e) {
            return false;
          }
        });
  }

  /** Writes through the page cache, makes it durable, reads it back; says both checksums. */
  private String script() {
    Path file = files.at().resolve("file");
    return "yes $(cat /proc/sys/kernel/random/uuid) | head -c "
        + WRITTEN_MIB
        + "M | tee "
        + file
        + " | sha256sum && sync "
        + file
        + " && sha256sum <"
        + file;
  }

  /** What was written is what is read, now, from the disk, and on the other server. */
  private void check(String said) throws Exception {
    String[] sums = said.split("\n", -1);
    assertThat(sums).hasSize(2);
    assertThat(sums[1]).isEqualTo(sums[0]);
    files.unmount();
    files.run("e2fsck", "-fn", one.device.toString());
    files.mount(one);
    Path file = files.at().resolve("file");
    assertThat(files.run("sh", "-c", "sha256sum <" + file)).isEqualTo(sums[0]);
    files.unmount();
    pair.awaitInSync(one);
    pair.verify(one);
  }

  private static long status(long pid, String name) throws IOException {
    String status = Files.readString(Path.of("/proc/" + pid + "/status"));
    Matcher m = Pattern.compile(name + ":\\s*(\\d+) kB").matcher(status);
    assertThat(m.find()).as(status).isTrue();
    return Long.parseLong(m.group(1)) * 1024;
  }

  @Test
  void theWritersGroupIsFullOfDirtyPages() throws Exception {
    up();
    String said = files.ended(files.start(OnDevice.in(group.path(), script())));
    assertThat(group.full()).as("how often the group was full").isPositive();
    check(said);
  }

  @Test
  void anAgentThatIsStartedInTheWritersGroupLeavesIt() throws Exception {
    // Two virtual machines begin in it, and what they had there stays accounted there.
    group.limit(512 * MIB);
    for (Server s : List.of(pair.one, pair.two)) {
      s.before(
          "sh",
          "-c",
          "unset INVOCATION_ID; echo $$ >'" + group + "/cgroup.procs' && exec \"$@\"",
          "sh");
    }
    up();
    assertThat(one.words()).contains("left the control group " + group);
    MemoryCgroup now = MemoryCgroup.of((int) one.agent().pid());
    assertThat(now).isNotNull();
    assertThat(now.limiting()).isNull();
    group.limit(group.used() + 12 * MIB);
    String said = files.ended(files.start(OnDevice.in(group.path(), script())));
    assertThat(group.full()).as("how often the group was full").isPositive();
    check(said);
  }

  @Test
  void anAgentThatSystemdHasPutUnderALimitStaysAndSaysSo() throws Exception {
    group.limit(512 * MIB);
    pair.startKeeper();
    one.startKeeper();
    one.before(
        "sh",
        "-c",
        "export INVOCATION_ID=1; echo $$ >'" + group + "/cgroup.procs' && exec \"$@\"",
        "sh");
    one.start();
    assertThat(one.words())
        .contains("limited to " + 512 * MIB + " bytes by the control group " + group);
    MemoryCgroup now = MemoryCgroup.of((int) one.agent().pid());
    assertThat(now).isNotNull();
    assertThat(now.path()).isEqualTo(group.path());
  }

  @Test
  void theMachineIsShortOfMemoryAndHasNoSwapAndTheAgentIsKilledMeanwhile() throws Exception {
    try (TightMachine machine = TightMachine.make(group.path().getFileName() + "-m", 160 * MIB)) {
      up();
      System.err.println(
          "swap: " + Files.readString(Path.of("/proc/swaps")).lines().skip(1).toList());
      machine.startHog();
      machine.awaitHog();
      Process writer = files.start(machine.in(List.of("sh", "-c", script())));
      Await.that(
          60, "memory is full", one::words, () -> machine.all().full() > 100 || !writer.isAlive());
      one.agent().kill();
      one.startNow();
      check(files.ended(writer));
      assertThat(machine.all().full()).as("how often there was no memory").isPositive();
      // Nothing of the agent can be swapped out, where there is swap, and nothing was.
      assertThat(status(one.agent().pid(), "VmLck")).isGreaterThan(100 * MIB);
      assertThat(status(one.agent().pid(), "VmSwap")).isZero();
    }
  }
}
