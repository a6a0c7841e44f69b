// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.keeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.real.Machine;
import io.meikyo.linux.LoopDevices;
import io.meikyo.linux.Mounts;
import io.meikyo.linux.Processes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Real processes: a keeper, small agents, a file system and who writes to it. */
abstract class WithKeeper {
  private static final long DISK = 512L << 20;

  @RegisterExtension final Machine machine = new Machine();
  Process keeper;
  Path link;

  @BeforeEach
  void startKeeper() throws Exception {
    link = machine.folder().resolve("dev/md1");
    Path socket = machine.folder().resolve("keeper");
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    machine.atEnd(this::takeAway);
    keeper = machine.start(KeeperMain.command(java, System.getProperty("java.class.path"), socket));
    Machine.await("the keeper listens", () -> Files.exists(socket));
  }

  /** Whatever the agents have left: mounts on the device, the device, its file. */
  private void takeAway() throws Exception {
    for (Mounts.Mounted m : Mounts.all().reversed()) {
      if (m.at().startsWith(machine.folder()) && !m.type().startsWith("fuse")) {
        Mounts.unmount(m.at(), 0);
      }
    }
    for (LoopDevices.Loop loop : LoopDevices.all()) {
      if (loop.backing().startsWith(machine.folder() + "/")) {
        LoopDevices.detach(loop.device());
      }
    }
    Path fuse = machine.folder().resolve("run/fuse/md1");
    for (Mounts.Mounted m : Mounts.all()) {
      if (m.at().equals(fuse)) {
        Mounts.unmount(fuse, Mounts.MNT_DETACH);
      }
    }
  }

  Process agent(long heartbeatMillis, long successorMillis, String... more) throws IOException {
    List<String> command =
        Machine.java(
            SmallAgent.class,
            machine.folder().toString(),
            "" + DISK,
            "" + heartbeatMillis,
            "" + successorMillis);
    command.addAll(List.of(more));
    return machine.start(command);
  }

  String device() throws Exception {
    Machine.await("the link is there", () -> Files.isSymbolicLink(link));
    return Files.readSymbolicLink(link).toString();
  }

  Path mount(String type) throws Exception {
    String device = device();
    machine.run("mkfs." + type, "-q", device);
    Path at = Files.createDirectories(machine.folder().resolve("mnt"));
    machine.run("mount", device, at.toString());
    return at;
  }

  void kill(Process process, int signal) {
    assertThat(Processes.kill((int) process.pid(), signal)).isZero();
  }

  /** Writes a block every few milliseconds and makes it durable; notes the longest time. */
  static final class Prober {
    private final Thread thread;
    private volatile boolean stopped;
    volatile long longest;
    volatile int failed;
    volatile int done;

    Prober(Path file) {
      thread = Thread.ofPlatform().start(() -> run(file));
    }

    private void run(Path file) {
      try (var channel =
          FileChannel.open(
              file,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.DSYNC)) {
        while (!stopped) {
          long began = System.nanoTime();
          channel.write(ByteBuffer.allocate(4096), 0);
          longest = Math.max(longest, System.nanoTime() - began);
          done++;
          LockSupport.parkNanos(5_000_000);
        }
      } catch (IOException e) {
        failed++;
      }
    }

    void stop() throws InterruptedException {
      stopped = true;
      thread.join(TimeUnit.SECONDS.toMillis(30));
      assertThat(thread.isAlive()).isFalse();
    }
  }
}
