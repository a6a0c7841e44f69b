// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.keeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.loop.IoLoop;
import io.meikyo.agent.real.Machine;
import io.meikyo.agent.real.PoisonedDisk;
import io.meikyo.linux.Descriptors;
import io.meikyo.linux.Freezer;
import io.meikyo.linux.Processes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the keeper does when agents die, hang or stay away. */
class KeeperTest extends WithKeeper {
  @ParameterizedTest
  @ValueSource(strings = {"ext4", "xfs"})
  void aKilledAgentIsNotNoticed(String type) throws Exception {
    machine.needs("mkfs." + type, "fio", "e2fsck", "xfs_repair");
    Process agent = agent(5000, 20_000);
    Path at = mount(type);
    Prober prober = new Prober(at.resolve("probe"));
    Process fio =
        machine.start(
            List.of(
                "fio",
                "--verify_state_save=0",
                "--name=v",
                "--directory=" + at,
                "--size=160m",
                "--rw=randwrite",
                "--bs=4k-128k",
                "--ioengine=libaio",
                "--iodepth=16",
                "--direct=1",
                "--rate=20m",
                "--verify=crc32c",
                "--do_verify=1",
                "--verify_fatal=1",
                "--fsync=32"));
    for (int kills = 1; kills <= 4; kills++) {
      int before = prober.done;
      Machine.await("writes go on", () -> prober.done > before + 50 || !fio.isAlive());
      kill(agent, Processes.SIGKILL);
      agent.waitFor();
      agent = agent(5000, 20_000);
    }
    boolean ended = fio.waitFor(90, TimeUnit.SECONDS);
    prober.stop();
    System.err.printf(
        "%s, 4 x kill -9: longest write %d ms, %d writes%n",
        type, prober.longest / 1_000_000, prober.done);
    assertThat(ended).isTrue();
    assertThat(fio.exitValue()).as("fio verify").isZero();
    assertThat(prober.failed).isZero();
    assertThat(Files.readString(Path.of("/proc/" + keeper.pid() + "/status")))
        .satisfies(status -> {
          String rss = status.replaceAll("(?s).*VmRSS:\\s*(\\d+).*", "$1");
          System.err.println("keeper: " + rss + " KiB resident");
          assertThat(Integer.parseInt(rss)).isLessThan(64 << 10);
        });
    machine.unmount(at);
    if (type.equals("ext4")) {
      machine.run("e2fsck", "-fn", device());
    } else {
      machine.run("xfs_repair", "-n", device());
    }
  }

  @Test
  void aStoppedAgentIsKilledAndAnotherGoesOn() throws Exception {
    Process agent = agent(1000, 20_000);
    Path at = mount("ext4");
    Prober prober = new Prober(at.resolve("probe"));
    Machine.await("it writes", () -> prober.done > 10);
    kill(agent, Processes.SIGSTOP);
    assertThat(agent.waitFor(10, TimeUnit.SECONDS)).as("fenced").isTrue();
    agent(1000, 20_000);
    int before = prober.done;
    Machine.await("it goes on", () -> prober.done > before + 10);
    prober.stop();
    assertThat(prober.failed).isZero();
    machine.run("umount", at.toString());
  }

  @Test
  void withoutAnotherAgentWritersFailAndDoNotHang() throws Exception {
    Process agent = agent(1000, 1500);
    Path at = mount("ext4");
    Prober prober = new Prober(at.resolve("probe"));
    Machine.await("it writes", () -> prober.done > 10);
    kill(agent, Processes.SIGKILL);
    Machine.await("it fails", () -> prober.failed > 0);
    prober.stop();
    machine.run("umount", at.toString());
    // The next agent takes away what is left and begins anew.
    agent(1000, 20_000);
    Machine.await(
        "there is a device that works",
        () -> {
          Process dd =
              new ProcessBuilder(
                      "dd", "if=" + link, "of=/dev/null", "bs=4k", "count=1", "iflag=direct")
                  .redirectErrorStream(true)
                  .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                  .start();
          return dd.waitFor() == 0;
        });
  }

  @Test
  void aFileSystemWhoseFreezerDiedIsThawed() throws Exception {
    agent(5000, 20_000);
    Path at = mount("ext4");
    IoLoop loop = machine.loop();
    int folder = Descriptors.open(at, Descriptors.O_RDONLY);
    KeeperClient freezer = new KeeperClient(loop, machine.folder().resolve("keeper"), why -> {});
    freezer.frozen("f1", folder, loop.nanos() + 500_000_000);
    freezer.frozen("f2", folder, loop.nanos() + 900_000_000_000L);
    freezer.thawed("f2");
    Freezer.sync(folder);
    Freezer.freeze(folder);
    Descriptors.close(folder);
    loop.post(freezer::close);
    long began = System.nanoTime();
    Prober prober = new Prober(at.resolve("probe"));
    Machine.await("it is thawed", () -> prober.done > 0);
    prober.stop();
    long millis = (System.nanoTime() - began) / 1_000_000;
    System.err.println("frozen for " + millis + " ms");
    assertThat(millis).isGreaterThan(1000);
    machine.run("umount", at.toString());
  }

  @Test
  void aRequestThatKillsAgentsIsRefusedInTheEnd() throws Exception {
    Process agent = agent(5000, 20_000, "poisoned");
    String device = device();
    Process dd =
        machine.start(
            List.of(
                "dd",
                "if=/dev/zero",
                "of=" + device,
                "bs=512",
                "count=1",
                "seek=" + PoisonedDisk.BLOCK,
                "oflag=direct",
                "conv=notrunc"));
    int deaths = 0;
    while (agent.waitFor(5, TimeUnit.SECONDS)) {
      assertThat(agent.exitValue()).isEqualTo(99);
      deaths++;
      assertThat(deaths).isLessThan(5);
      agent = agent(5000, 20_000, "poisoned");
    }
    assertThat(deaths).isEqualTo(3);
    assertThat(dd.waitFor(5, TimeUnit.SECONDS)).isTrue();
    assertThat(dd.exitValue()).isNotZero();
    machine.run("dd", "if=" + device, "of=/dev/null", "bs=1M", "count=8", "iflag=direct");
  }
}
