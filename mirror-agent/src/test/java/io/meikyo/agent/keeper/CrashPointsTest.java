// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.keeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.meikyo.agent.real.Machine;
import io.meikyo.linux.Descriptors;
import io.meikyo.linux.DeviceNumber;
import io.meikyo.linux.Fuse;
import io.meikyo.linux.LoopDevices;
import io.meikyo.linux.Mounts;
import io.meikyo.linux.Poll;
import io.meikyo.linux.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Deaths between the steps of bringing a device up and down, and agents that meet. */
class CrashPointsTest extends WithKeeper {
  private static final long HEARTBEAT = 5000;
  private static final long SUCCESSOR = 20_000;

  private Path place() {
    return machine.folder().resolve("run/fuse/md1");
  }

  private List<Mounts.Mounted> mounted() throws IOException {
    return Mounts.all().stream().filter(m -> m.at().equals(place())).toList();
  }

  private static boolean servesFuse(Process process) throws IOException {
    try (var fds = Files.newDirectoryStream(Path.of("/proc/" + process.pid() + "/fd"))) {
      for (Path fd : fds) {
        if (Files.isSymbolicLink(fd) && Files.readSymbolicLink(fd).equals(Path.of("/dev/fuse"))) {
          return true;
        }
      }
    }
    return false;
  }

  @ParameterizedTest
  @EnumSource(DyingKeeper.Moment.class)
  void theNextAgentGoesOnFromEveryStep(DyingKeeper.Moment moment) throws Exception {
    machine.needs("mkfs.ext4", "e2fsck");
    Process first = agent(HEARTBEAT, SUCCESSOR, moment.name());
    assertThat(first.waitFor(30, TimeUnit.SECONDS)).as("dies").isTrue();
    assertThat(first.exitValue()).isEqualTo(DyingKeeper.STATUS);

    Process second = agent(HEARTBEAT, SUCCESSOR);
    Path at = mount("ext4");
    assertThat(mounted()).as("mounts at the place").hasSize(1);
    assertThat(LoopDevices.all())
        .filteredOn(loop -> loop.backing().startsWith(machine.folder() + "/"))
        .as("loop devices")
        .hasSize(1);

    // What the keeper has is what is served: the next death is not noticed.
    Prober prober = new Prober(at.resolve("probe"));
    Machine.await("it writes", () -> prober.done > 10);
    kill(second, Processes.SIGKILL);
    second.waitFor();
    agent(HEARTBEAT, SUCCESSOR);
    int before = prober.done;
    Machine.await("it goes on", () -> prober.done > before + 10 || prober.failed > 0);
    prober.stop();
    assertThat(prober.failed).isZero();
    machine.unmount(at);
    machine.run("e2fsck", "-fn", device());
  }

  @Test
  void twoAgentsDoNotServeOneMount() throws Exception {
    machine.needs("mkfs.ext4");
    Process first = agent(HEARTBEAT, SUCCESSOR);
    Path at = mount("ext4");
    Prober prober = new Prober(at.resolve("probe"));
    Process second = agent(HEARTBEAT, SUCCESSOR);
    Machine.await("it says why it waits", () -> said("front.taken"));
    int written = prober.done;
    Machine.await("the first one serves", () -> prober.done > written + 50 || prober.failed > 0);
    assertThat(servesFuse(first)).isTrue();
    assertThat(servesFuse(second)).as("the second one has the mount too").isFalse();

    kill(first, Processes.SIGKILL);
    first.waitFor();
    int before = prober.done;
    Machine.await("the second one goes on", () -> prober.done > before + 10 || prober.failed > 0);
    prober.stop();
    assertThat(prober.failed).isZero();
    assertThat(servesFuse(second)).isTrue();
    machine.run("umount", at.toString());
  }

  private boolean said(String what) throws IOException {
    try (var files = Files.newDirectoryStream(machine.folder(), "out-*")) {
      for (Path file : files) {
        if (Files.readString(file).contains(what)) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * The kernel gives the number of a connection that is over to the next one, which is not ours.
   */
  @Test
  void aStrangerWithTheNumberOfAnOldMountIsNotAborted() throws Exception {
    Process agent = agent(HEARTBEAT, 1000);
    String device = device();
    DeviceNumber number = mounted().getFirst().device();
    LoopDevices.detach(Path.of(device));
    Machine.await("it lets go", () -> unmounted());
    Path other = Files.createDirectories(machine.folder().resolve("stranger"));
    int stranger = Fuse.open();
    machine.atEnd(() -> Descriptors.close(stranger));
    machine.atEnd(() -> Mounts.unmount(other, Mounts.MNT_DETACH));
    assumeThat(Fuse.mount(stranger, "stranger", other, true, 1 << 17))
        .as("somebody else was faster in getting the number")
        .isEqualTo(number);
    kill(agent, Processes.SIGKILL);
    agent.waitFor();
    Machine.await("the keeper gives up", () -> said("no agent came"));
    try (Poll poll = new Poll()) {
      poll.add(stranger, 0);
      assertThat(poll.await(0)).as("the stranger's connection has ended").isZero();
    }
  }

  private boolean unmounted() throws IOException {
    try {
      Mounts.unmount(place(), 0);
      return true;
    } catch (IOException e) {
      return mounted().isEmpty();
    }
  }

  private static long value(Path queue, String name) throws IOException {
    return Long.parseLong(Files.readString(queue.resolve(name)).strip());
  }

  @Test
  void aQueueIsPutBackWhenNoAgentComes() throws Exception {
    machine.needs("mkfs.ext4");
    Process agent = agent(HEARTBEAT, 1000);
    Path at = mount("ext4");
    Path queue = Path.of("/sys/block", Path.of(device()).getFileName().toString(), "queue");
    Machine.await(
        "the queue is set",
        () ->
            Files.readString(queue.resolve("scheduler")).contains("[mq-deadline]")
                && value(queue, "iosched/async_depth") < value(queue, "nr_requests"));
    Prober prober = new Prober(at.resolve("probe"));
    kill(agent, Processes.SIGKILL);
    Machine.await("its users fail", () -> prober.failed > 0);
    prober.stop();
    Machine.await(
        "the queue is as before",
        () ->
            Files.readString(queue.resolve("scheduler")).contains("[none]")
                && value(queue, "nr_requests") == 128
                && value(queue, "max_sectors_kb") == value(queue, "max_hw_sectors_kb")
                && value(queue, "discard_max_bytes")
                    > value(queue, "discard_max_hw_bytes") - value(queue, "discard_granularity"));
    machine.run("umount", at.toString());
  }
}
