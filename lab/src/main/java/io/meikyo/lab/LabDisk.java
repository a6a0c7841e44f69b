// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab;

import io.meikyo.agent.partition.CreatePartition;
import io.meikyo.agent.partition.PartitionProblem;
import io.meikyo.agent.partition.Progress;
import io.meikyo.core.partition.Identity;
import io.meikyo.lab.disk.DiskMain;
import io.meikyo.linux.Processes;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;

/**
 * The disk of one server: two images, and while the power is on a process that shows them with a
 * volatile write cache ({@link DiskMain}).
 */
final class LabDisk {
  private static final int BLOCK_BYTES = 4096;
  private static final long SECONDS = 30;
  private static final int ANSWER_BYTES = 4096;

  /** Both partitions of a replica. */
  static final List<String> PARTITIONS = List.of("data", "cluster");

  private final LabFolder folder;
  private final LabPlan plan;
  private final int server;

  LabDisk(LabFolder folder, LabPlan plan, int server) {
    this.folder = folder;
    this.plan = plan;
    this.server = server;
  }

  private Path home() {
    return folder.server(server);
  }

  private Path control() {
    return home().resolve("disk.sock");
  }

  private Path pidFile() {
    return home().resolve("disk.pid");
  }

  /** Makes both images, fully written, the cluster partition blank. */
  void make(long life, Progress progress) throws LabProblem {
    int replicas = (1 << plan.servers()) - 1;
    CreatePartition.Request request =
        new CreatePartition.Request(
            folder.disk(server, "data"),
            folder.disk(server, "cluster"),
            new Identity(plan.clusterId(), plan.diskId(), server - 1),
            replicas,
            BLOCK_BYTES,
            0,
            plan.bytes(),
            false);
    try {
      new CreatePartition(request, progress).run(life);
    } catch (PartitionProblem e) {
      throw new LabProblem(e.notice());
    }
  }

  /** Makes a file system on the data partition, which nobody has used yet. */
  void format() throws LabProblem, InterruptedException {
    String data = folder.disk(server, "data").toString();
    if (plan.wish().type().equals("xfs")) {
      Shell.run("mkfs.xfs", "-q", "-f", "-s", "size=4096", data);
    } else {
      Shell.run("mkfs.ext4", "-q", "-F", "-b", "4096", data);
    }
  }

  /** The power comes: the disks can be used. */
  void on() throws LabProblem, IOException, InterruptedException {
    Path log = home().resolve("disk.log");
    Process process =
        Shell.start(
            log,
            List.of(
                "setsid",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                DiskMain.class.getName(),
                "--mount",
                home().resolve("dev").toString(),
                "--control",
                control().toString(),
                "--block",
                Integer.toString(BLOCK_BYTES),
                "data.img=" + folder.disk(server, "data"),
                "cluster.img=" + folder.disk(server, "cluster")));
    Files.writeString(pidFile(), Long.toString(process.pid()), StandardCharsets.US_ASCII);
    Wait.until(
        () -> Files.exists(folder.device(server, "cluster")),
        SECONDS,
        "the disks of server" + server + " are there",
        log);
  }

  /**
   * The power goes: what was not flushed is gone, or half gone. Returns what was lost, in words.
   */
  String off() throws LabProblem, IOException, InterruptedException {
    int pid = pid();
    if (pid == 0) {
      return "-";
    }
    String answer = ask("power-off " + new SecureRandom().nextInt(Integer.MAX_VALUE));
    Wait.until(
        () -> pid() == 0,
        SECONDS,
        "the disks of server" + server + " end",
        home().resolve("disk.log"));
    Files.deleteIfExists(pidFile());
    return answer;
  }

  /** Process of the disks; 0 if there is none. */
  private int pid() throws IOException {
    if (!Files.exists(pidFile())) {
      return 0;
    }
    int pid = Integer.parseInt(Files.readString(pidFile(), StandardCharsets.US_ASCII).strip());
    Path command = Path.of("/proc/" + pid + "/cmdline");
    return Files.exists(command)
            && Files.readString(command, StandardCharsets.UTF_8).contains(home().toString())
        ? pid
        : 0;
  }

  private String ask(String command) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(control()))) {
      channel.write(StandardCharsets.UTF_8.encode(command + "\n"));
      ByteBuffer in = ByteBuffer.allocate(ANSWER_BYTES);
      while (in.hasRemaining() && channel.read(in) >= 0) {
        // Until the line is whole and the connection closed.
      }
      return StandardCharsets.UTF_8.decode(in.flip()).toString().strip();
    } catch (java.net.SocketException e) {
      // It hangs, or is ending: the plug is pulled on the process itself.
      int result = Processes.kill(pid(), Processes.SIGKILL);
      return "killed (" + result + ")";
    }
  }
}
