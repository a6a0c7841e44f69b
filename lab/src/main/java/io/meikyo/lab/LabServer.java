// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab;

import io.meikyo.agent.process.RestoreMark;
import io.meikyo.core.cluster.config.form.Units;
import io.meikyo.linux.Errno;
import io.meikyo.linux.LoopDevices;
import io.meikyo.linux.Processes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** One server: its power switch and the way into it. */
final class LabServer {
  private static final long BOOT_SECONDS = 20;
  private static final int SIGCONT = 18;
  private static final int SIGSTOP = 19;

  private final LabFolder folder;
  private final LabPlan plan;
  private final LabNet net;
  private final int number;

  LabServer(LabFolder folder, LabPlan plan, LabNet net, int number) {
    this.folder = folder;
    this.plan = plan;
    this.net = net;
    this.number = number;
  }

  String name() {
    return isWitness() ? LabPlan.WITNESS : "server" + number;
  }

  /** True if it is the third vote, without a mirror disk. */
  boolean isWitness() {
    return number == LabPlan.WITNESS_NUMBER;
  }

  int number() {
    return number;
  }

  private Path home() {
    return folder.server(number);
  }

  /** What its services keep, and its commands look into. */
  private Path state() {
    return home().resolve(plan.cluster() ? "cluster" : "state");
  }

  /** Its disks are about to be replaced: its agent opens none. */
  boolean isInRestore() {
    return RestoreMark.stands(state());
  }

  /** Control socket of its agent, as seen from this machine. */
  Path agent() {
    return home().resolve("run/meikyo/agent.sock");
  }

  /** Socket of its NBD server, as seen from this machine. */
  Path nbd() {
    return home().resolve("run/meikyo/md1.nbd");
  }

  /** What its agent said. */
  Path agentLog() {
    return home().resolve("agent.log");
  }

  /** Number of its process 1 as this machine counts; 0 while it is off. */
  int init() throws IOException {
    int pid = lastInit();
    return Files.exists(Path.of("/proc/" + pid)) && isOurs(pid) ? pid : 0;
  }

  /** The same of its last life; 0 if that has ended. */
  private int lastInit() throws IOException {
    Path file = home().resolve("init.pid");
    return Files.exists(file)
        ? Integer.parseInt(Files.readString(file, StandardCharsets.US_ASCII).strip())
        : 0;
  }

  private boolean isOurs(int pid) {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.UTF_8)
          .contains(home().toString());
    } catch (IOException e) {
      // It has just ended.
      return false;
    }
  }

  boolean isOn() throws IOException {
    return init() != 0;
  }

  /** Makes its folders and its configuration. */
  void install() throws IOException {
    if (isWitness()) {
      Files.createDirectories(home().resolve("run"));
      return;
    }
    for (String name : List.of("run", "state", "srv", "disk", "dev")) {
      Files.createDirectories(home().resolve(name));
    }
    Files.createDirectories(home().resolve("srv").resolve(LabPlan.MIRROR));
    Files.writeString(home().resolve("agent.toml"), configuration(), StandardCharsets.UTF_8);
  }

  private String configuration() {
    StringBuilder t = new StringBuilder();
    t.append("control = \"/run/meikyo/agent.sock\"\n");
    // Namespaces of one machine: nobody else is on that cable.
    t.append("trusted-link = true\n");
    t.append("state = \"").append(state()).append("\"\n");
    if (plan.fileSystem()) {
      t.append("keeper = \"/run/meikyo/keeper.sock\"\n");
    }
    t.append("\n[[mirror]]\n");
    t.append("name = \"").append(LabPlan.MIRROR).append("\"\n");
    t.append("cluster-id = \"").append(plan.clusterId()).append("\"\n");
    t.append("disk-id = \"").append(plan.diskId()).append("\"\n");
    t.append("replica = ").append(number - 1).append('\n');
    t.append("server = \"").append(name()).append("\"\n");
    t.append("data = \"").append(folder.device(number, "data")).append("\"\n");
    t.append("cluster = \"").append(folder.device(number, "cluster")).append("\"\n");
    t.append("listen = \"0.0.0.0:7760\"\n");
    t.append("record = \"")
        .append(plan.cluster() ? "unix:/run/meikyo/record.sock" : LabNet.witnessAddress() + ":7700")
        .append("\"\n");
    t.append("front-end = \"").append(plan.fileSystem() ? "auto" : "nbd").append("\"\n");
    if (plan.cluster()) {
      t.append("times = \"").append(plan.wish().profile()).append("\"\n");
    }
    t.append("device = \"/run/meikyo/md1\"\n");
    t.append("nbd = \"unix:/run/meikyo/md1.nbd\"\n");
    if (plan.wish().snapshotCap() > 0) {
      String cap = Units.size(plan.wish().snapshotCap());
      t.append("snapshot-cap = \"").append(cap).append("\"\n");
    }
    for (int other = 1; other <= plan.servers(); other++) {
      if (other != number) {
        t.append("\n[[mirror.peer]]\nreplica = ").append(other - 1).append('\n');
        t.append("server = \"server").append(other).append("\"\n");
        t.append("paths = [\"").append(LabNet.address(other, number)).append(":7760\", \"");
        t.append(LabNet.lanAddress(other)).append(":7760\"]\n");
      }
    }
    return t.toString();
  }

  /** Switches it on; returns when its services have been started. */
  void powerOn(LabDisk disk) throws LabProblem, IOException, InterruptedException {
    if (isOn()) {
      throw new LabProblem(LabNotice.STILL_ON, name());
    }
    awaitLastEnd();
    if (!isWitness()) {
      // One that took itself down has left its disks on.
      disk.off();
      disk.on();
    }
    net.on(number);
    Files.writeString(
        home().resolve("boot_id"), UUID.randomUUID() + "\n", StandardCharsets.US_ASCII);
    Files.deleteIfExists(home().resolve("run/booted"));
    Path script = folder.path().resolve("bin/server-init.sh");
    Process process =
        Shell.start(
            home().resolve("console.log"),
            List.of(
                "setsid",
                "nsenter",
                "--net=" + LabNet.path(net.of(number)),
                "unshare",
                "--mount",
                "--pid",
                "--uts",
                "--ipc",
                "--fork",
                "--kill-child",
                script.toString(),
                home().toString(),
                name(),
                folder.command().toString(),
                services(),
                LabNet.witnessListens()));
    int init = firstChild(process);
    Files.writeString(
        home().resolve("init.pid"), Integer.toString(init), StandardCharsets.US_ASCII);
    Wait.until(
        () -> Files.exists(home().resolve("run/booted")),
        BOOT_SECONDS,
        name() + " boots",
        home().resolve("console.log"));
  }

  /** What its process 1 starts. */
  private String services() {
    if (isWitness()) {
      return plan.hasVotingWitness() ? "service" : "witness";
    }
    return (plan.fileSystem() ? "keeper " : "") + (plan.cluster() ? "service " : "") + "agent";
  }

  /** The child of unshare(1), which is the new namespace's process 1. */
  private int firstChild(Process process) throws LabProblem, InterruptedException {
    int[] found = new int[1];
    Wait.until(
        () -> {
          process
              .descendants()
              .filter(p -> p.info().commandLine().orElse("").contains("server-init.sh"))
              .filter(p -> !p.info().commandLine().orElse("").contains("unshare"))
              .findFirst()
              .ifPresent(p -> found[0] = (int) p.pid());
          return found[0] != 0;
        },
        BOOT_SECONDS,
        name() + " starts its first process",
        home().resolve("console.log"));
    return found[0];
  }

  /**
   * Kills its process 1, and so all of them at once, without waiting for their end: {@link
   * #awaitEnd} must follow. Its disk goes on for the moment until {@link LabDisk#off}.
   *
   * @return number of the process that was killed
   */
  int strike() throws IOException, LabProblem, InterruptedException {
    int init = init();
    if (init == 0) {
      throw new LabProblem(LabNotice.IS_OFF, name());
    }
    int result = Processes.kill(init, Processes.SIGKILL);
    if (result < 0 && result != -Errno.ESRCH) {
      throw new LabProblem(
          LabNotice.COMMAND_FAILED, "kill " + init, -result, Errno.sentence(-result));
    }
    net.off(number);
    return init;
  }

  /**
   * Waits until one that took itself down has ended: nobody was asked to do that, and the last of
   * its processes may still be on their way.
   */
  void awaitLastEnd() throws IOException, LabProblem, InterruptedException {
    int last = lastInit();
    if (last != 0) {
      awaitEnd(last);
    }
  }

  /** Waits until every process of the server is gone. */
  void awaitEnd(int init) throws IOException, LabProblem, InterruptedException {
    Wait.until(
        () -> hasEnded(init),
        BOOT_SECONDS,
        name() + " loses its processes",
        home().resolve("console.log"));
    Files.deleteIfExists(home().resolve("init.pid"));
    detachLoop();
  }

  /** True while its agent offers the mirror disk as a block device. */
  boolean hasDevice() {
    return Files.isSymbolicLink(home().resolve("run/meikyo").resolve(LabPlan.MIRROR));
  }

  /**
   * Takes away the loop device that the server's agent had made: it is the machine's, and nothing
   * of a real server would be left.
   */
  private void detachLoop() throws IOException {
    Path link = home().resolve("run/meikyo").resolve(LabPlan.MIRROR);
    if (!Files.isSymbolicLink(link)) {
      return;
    }
    Path device = Files.readSymbolicLink(link);
    for (LoopDevices.Loop loop : LoopDevices.all()) {
      if (loop.device().equals(device) && loop.backing().contains("/" + LabPlan.MIRROR)) {
        LoopDevices.detach(device);
        FrozenRest.release(device, home().resolve("rest"));
      }
    }
    Files.delete(link);
  }

  /** Stops all its processes in their tracks, or lets them go on. */
  void freeze(boolean stop) throws IOException, LabProblem {
    int init = init();
    if (init == 0) {
      throw new LabProblem(LabNotice.IS_OFF, name());
    }
    Path namespace = Files.readSymbolicLink(Path.of("/proc/" + init + "/ns/pid"));
    for (ProcessHandle p : ProcessHandle.allProcesses().toList()) {
      if (isIn(p.pid(), namespace)) {
        // One that has just ended needs no signal.
        int _ = Processes.kill((int) p.pid(), stop ? SIGSTOP : SIGCONT);
      }
    }
  }

  private static boolean isIn(long pid, Path namespace) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/pid")).equals(namespace);
    } catch (IOException e) {
      // It has just ended, or is not ours to look at.
      return false;
    }
  }

  /** True if nothing of process 1 is left; the kernel keeps it until its last child is gone. */
  private static boolean hasEnded(int pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.UTF_8);
      // Another program may have got its number.
      return stat.contains(") Z") || !stat.contains("(server-init.sh)");
    } catch (IOException e) {
      return true;
    }
  }

  /** The words before a command that is to run on it. */
  List<String> enter() throws IOException, LabProblem {
    int init = init();
    if (init == 0) {
      throw new LabProblem(LabNotice.IS_OFF, name());
    }
    return new ArrayList<>(
        List.of(
            "nsenter",
            "--target=" + init,
            "--net",
            "--mount",
            "--pid",
            "--uts",
            "--ipc",
            "--wd=/",
            "env",
            "MEIKYO_STATE=" + state(),
            "PATH=" + folder.path().resolve("bin") + ":" + System.getenv("PATH")));
  }
}
