// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.machine;

import io.meikyo.agent.partition.CreatePartition;
import io.meikyo.agent.partition.PartitionProblem;
import io.meikyo.core.partition.Identity;
import io.meikyo.lab.LabNotice;
import io.meikyo.lab.LabProblem;
import io.meikyo.lab.Wait;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * A mirror disk as a device of the kernel's NBD client, under ext4 and a verifying writer, while
 * its agent is killed, stopped, and made to hold writes longer than the kernel waits. One machine
 * with both replicas: two agents and the keeper of the record on its loopback.
 *
 * <p>Arguments: a new folder; the root below which User-Mode Linux is; the command that is {@code
 * meikyo} there. Exit status: 0; 1 with the reason; 77 if this machine cannot run one. It writes to
 * standard error.
 */
public final class NbdTakeover {
  private static final int SKIPPED = 77;
  private static final long DISK_BYTES = 48L << 20;
  private static final int BLOCK_BYTES = 4096;
  private static final int MEMORY_MIB = 1024;

  private static final long BOOT_SECONDS = 60;
  private static final long STEP_SECONDS = 60;
  private static final long PAUSE_MILLIS = 300;

  /** The writer is told to end long before. */
  private static final int WRITER_SECONDS = 600;

  /** Longer than the kernel waits for an answer (NbdDevice). */
  private static final int HOLD_SECONDS = 8;

  private final Path folder;
  private final String meikyo;
  private final Machine machine;

  private NbdTakeover(Path folder, String meikyo, Machine machine) {
    this.folder = folder;
    this.meikyo = meikyo;
    this.machine = machine;
  }

  /** Runs it. */
  public static void main(String... a) throws IOException, InterruptedException {
    if (a.length != 3) {
      say("usage: NbdTakeover FOLDER ROOT 'MEIKYO COMMAND'");
      System.exit(2);
    }
    System.exit(run(Path.of(a[0]), Path.of(a[1]), a[2]));
  }

  private static int run(Path folder, Path root, String meikyo)
      throws IOException, InterruptedException {
    Machine.Plan plan =
        new Machine.Plan(
            "machine1",
            folder,
            MEMORY_MIB,
            List.of(
                folder.resolve("data0"),
                folder.resolve("cluster0"),
                folder.resolve("data1"),
                folder.resolve("cluster1")),
            List.of("fuse", "loop", "nbd"));
    try {
      Uml uml = Uml.below(root);
      Files.createDirectories(folder);
      configure(folder);
      long began = System.nanoTime();
      Machine machine = Machine.start(uml, plan, BOOT_SECONDS);
      try {
        say("the machine is up after " + seconds(began));
        new NbdTakeover(folder, meikyo, machine).run();
      } finally {
        machine.powerOff();
      }
      compare(folder);
      return 0;
    } catch (PartitionProblem e) {
      say("FAILED: " + e.notice());
    } catch (LabProblem e) {
      boolean cannotRun = !Machine.begins(plan);
      say((cannotRun ? "skipped: " : "FAILED: ") + e.notice());
      return cannotRun ? SKIPPED : 1;
    }
    return 1;
  }

  static void say(String sentence) {
    System.err.println(sentence);
  }

  private static String seconds(long began) {
    return String.format(Locale.ROOT, "%.1f s", (System.nanoTime() - began) / 1e9);
  }

  // ---- the mirror

  private static void configure(Path folder) throws IOException, PartitionProblem {
    UUID cluster = UUID.randomUUID();
    UUID disk = UUID.randomUUID();
    for (int replica = 0; replica < 2; replica++) {
      CreatePartition.Request request =
          new CreatePartition.Request(
              folder.resolve("data" + replica),
              folder.resolve("cluster" + replica),
              new Identity(cluster, disk, replica),
              3,
              BLOCK_BYTES,
              0,
              DISK_BYTES,
              false);
      new CreatePartition(request, (what, done, total) -> {}).run(replica + 1);
      Files.writeString(
          folder.resolve("agent" + replica + ".toml"),
          agent(replica, cluster, disk),
          StandardCharsets.UTF_8);
    }
  }

  private static String agent(int replica, UUID cluster, UUID disk) {
    int other = 1 - replica;
    String run = "/run/server" + replica;
    List<String> lines =
        new ArrayList<>(
            List.of(
                "control = \"" + run + "/agent.sock\"",
                "state = \"" + run + "/state\"",
                "trusted-link = true",
                "",
                "[[mirror]]",
                "name = \"md1\"",
                "cluster-id = \"" + cluster + "\"",
                "disk-id = \"" + disk + "\"",
                "replica = " + replica,
                "server = \"server" + replica + "\"",
                "data = \"/dev/ubd" + (replica == 0 ? "a" : "c") + "\"",
                "cluster = \"/dev/ubd" + (replica == 0 ? "b" : "d") + "\"",
                "listen = \"127.0.0.1:776" + replica + "\"",
                "record = \"127.0.0.1:7700\"",
                // The kernel has FUSE too, but one that does not send again: NBD is better.
                "front-end = \"" + (replica == 0 ? "auto" : "nbd") + "\"",
                "device = \"" + run + "/md1\"",
                "",
                "[[mirror.peer]]",
                "replica = " + other,
                "server = \"server" + other + "\"",
                "paths = [\"127.0.0.1:776" + other + "\"]",
                ""));
    return String.join("\n", lines);
  }

  /** A command for the agent of replica 0. */
  private String mirror(String command) {
    return "export MEIKYO_AGENT=/run/server0/agent.sock; " + meikyo + " mirror " + command;
  }

  /** Starts a service that is started again when it dies; its process is in /run/NAME.pid. */
  private void service(String name, String command)
      throws LabProblem, IOException, InterruptedException {
    machine.exec(
        "mkdir -p /run/server0 /run/server1\n"
            + "(while true; do "
            + command
            + " >>"
            + folder.resolve(name + ".log")
            + " 2>&1 & echo $! >/run/"
            + name
            + ".pid; wait; done) >/dev/null 2>&1 &",
        STEP_SECONDS);
  }

  /** Asks in the machine, where each question is dear. */
  private void await(String condition, String what) throws LabProblem, InterruptedException {
    Wait.until(
        () -> {
          Wait.pass(PAUSE_MILLIS);
          return machine.attempt(condition, STEP_SECONDS).status() == 0;
        },
        STEP_SECONDS,
        what,
        log());
  }

  private Path log() {
    return folder.resolve("agent0.log");
  }

  /** How often the agent has said this, in all its lives. */
  private long said(String words) throws IOException {
    try (Stream<String> lines = Files.lines(log(), StandardCharsets.UTF_8)) {
      return lines.filter(line -> line.contains(words)).count();
    }
  }

  private void awaitSaid(String words, long times) throws LabProblem, InterruptedException {
    Wait.until(() -> said(words) >= times, STEP_SECONDS, "the agent says: " + words, log());
  }

  // ---- the story

  private void run() throws LabProblem, IOException, InterruptedException {
    long began = System.nanoTime();
    service("record", meikyo + " record --folder /run/records --listen 127.0.0.1:7700");
    service("agent0", meikyo + " agent --config " + folder.resolve("agent0.toml"));
    service("agent1", meikyo + " agent --config " + folder.resolve("agent1.toml"));
    awaitSaid("The partitions are open", 1);
    await(mirror("activate md1 --force"), "md1 is active");
    awaitSaid("is there, behind", 1);
    await(
        mirror("status md1") + " | tee /tmp/status | grep 'in sync: server0, server1'", "in sync");
    say(machine.exec("cat /tmp/status", STEP_SECONDS));
    say("in sync after " + seconds(began));
    check("readlink /run/server0/md1", "/dev/nbd0");
    check("cat /sys/block/nbd0/queue/scheduler", "[mq-deadline]");

    machine.exec("mkfs.ext4 -q /run/server0/md1 && mkdir /run/mnt", STEP_SECONDS);
    machine.exec("mount /run/server0/md1 /run/mnt", STEP_SECONDS);
    CompletableFuture<Machine.Result> writer = machine.begin(writer());
    kill("KILL");
    kill("KILL");
    kill("TERM");
    machine.exec(mirror("hold md1 --max " + HOLD_SECONDS), STEP_SECONDS);
    awaitSaid("waits 10 s from now on", 1);
    say("a hold of " + HOLD_SECONDS + " s: the kernel has given up a connection");
    Wait.pass(1000L * HOLD_SECONDS);
    machine.exec("touch /run/enough", STEP_SECONDS);
    Machine.Result written = writer.join();
    say(written.output().strip());
    if (written.status() != 0) {
      throw new LabProblem(
          LabNotice.COMMAND_FAILED, "the writer", written.status(), written.output());
    }
    tellLongest();

    machine.exec("umount /run/mnt && e2fsck -fn /run/server0/md1", STEP_SECONDS);
    say(machine.exec(mirror("verify md1"), STEP_SECONDS));
    machine.exec(mirror("standby md1"), STEP_SECONDS);
    await("test ! -e /run/server0/md1 && test ! -e /sys/block/nbd0/pid", "the device is gone");
    machine.exec("kill -TERM $(cat /run/agent0.pid /run/agent1.pid)", STEP_SECONDS);
    judge();
  }

  private void check(String command, String expected)
      throws LabProblem, IOException, InterruptedException {
    String said = machine.exec(command, STEP_SECONDS);
    if (!said.contains(expected)) {
      throw new LabProblem(LabNotice.COMMAND_FAILED, command, 0, said);
    }
  }

  private String writer() {
    return "fio --name=w --directory=/run/mnt --size=16m --rw=randwrite --bs=4k-64k --direct=1"
        + " --ioengine=libaio --iodepth=4 --fsync=32 --rate_iops=40 --time_based --runtime="
        + WRITER_SECONDS
        + " --trigger-file=/run/enough --trigger=true --clocksource=cpu --verify=crc32c --verify_backlog=64 --verify_fatal=1"
        + " --verify_state_save=0 --write_lat_log=/tmp/w --minimal >/tmp/fio 2>&1;"
        + " status=$?; awk -F';' '{print \"writes: \" $47 / 1024 \" MiB, \" $49 \"/s\"}' /tmp/fio;"
        + " grep -v '^3;' /tmp/fio; exit $status";
  }

  /** Ends the agent, and waits until another one goes on with the device. */
  private void kill(String signal) throws LabProblem, IOException, InterruptedException {
    Wait.pass(3000);
    long began = System.nanoTime();
    String resumed = "goes on behind";
    long before = said(resumed);
    machine.exec("kill -" + signal + " $(cat /run/agent0.pid)", STEP_SECONDS);
    awaitSaid(resumed, before + 1);
    say("SIG" + signal + ": another agent serves the device after " + seconds(began));
  }

  /** Says how long the longest request took. Not judged: this machine may be busy. */
  private void tellLongest() throws LabProblem, IOException, InterruptedException {
    String longest =
        machine.exec("sort -t, -k2 -n /tmp/w_lat.1.log | tail -1 | cut -d, -f2", STEP_SECONDS);
    say(String.format(Locale.ROOT, "longest request: %.2f s", Long.parseLong(longest) / 1e9));
  }

  private void judge() throws LabProblem, IOException {
    String console = machine.console();
    for (String bad : List.of("I/O error", "Buffer I/O", "EXT4-fs error", "Kernel panic")) {
      if (console.contains(bad)) {
        throw new LabProblem(LabNotice.COMMAND_FAILED, "the kernel", "-", bad);
      }
    }
  }

  /** Both replicas, as they lie on the disks of the machine that was switched off. */
  private static void compare(Path folder) throws LabProblem, IOException {
    long at = Files.mismatch(folder.resolve("data0"), folder.resolve("data1"));
    if (at >= 0) {
      throw new LabProblem(LabNotice.COMMAND_FAILED, "the replicas", "-", "they differ at " + at);
    }
    say("both replicas are equal");
  }
}
