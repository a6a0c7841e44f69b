// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.stall;

import io.meikyo.lab.Lab;
import io.meikyo.lab.LabApplication;
import io.meikyo.lab.LabCluster;
import io.meikyo.lab.LabNotice;
import io.meikyo.lab.LabPlan;
import io.meikyo.lab.LabProblem;
import io.meikyo.lab.LabWitness;
import io.meikyo.lab.Wait;
import io.meikyo.lab.demo.Figures;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * How long an application waits for a write while its mirror disk is backed up, and how much slower
 * it is while the image is read: measured in the application, in a lab of its own with the cluster
 * service. One caller; blocks.
 */
public final class BackupBench {
  /** What writes. */
  public enum Kind {
    /** 40 MiB/s through the page cache, 64 KiB at a time. */
    BUFFERED,
    /** 4 KiB at random places past the page cache, four at a time. */
    RANDOM,
    /** pgbench, four clients, over the floating IP. */
    PGBENCH
  }

  /**
   * What is measured.
   *
   * @param type file system: ext4 or xfs
   * @param bytes size of the mirror disk
   * @param cuts backups that keep a snapshot only
   * @param images backups that write an image
   * @param holds pairs of {@code clpbackup.sh --pre} and {@code --post}
   */
  public record Plan(Kind kind, String type, long bytes, int cuts, int images, int holds) {}

  private static final String SERVER = "server1";
  private static final String OTHER = "server2";
  private static final String FILE = "/srv/md1/load";
  private static final String TO = "/var/tmp";
  private static final long RATE = 40L << 20;
  private static final int THREADS = 4;
  private static final long WARM_MILLIS = 15_000;
  private static final long BETWEEN_MILLIS = 700;

  /** Looked at before and after the command too: a freeze can be felt a little later. */
  private static final long AROUND_NANOS = 200_000_000;

  private static final double SECOND = 1e9;
  private static final double MILLI = 1e6;

  private final Lab lab;
  private final Path pgbench;
  private final Consumer<String> says;
  private final Figures figures = new Figures();

  /**
   * A bench that has not begun.
   *
   * @param pgbench the program; used with {@link Kind#PGBENCH} only
   */
  public BackupBench(Lab lab, Path pgbench, Consumer<String> says) {
    this.lab = lab;
    this.pgbench = pgbench;
    this.says = says;
  }

  /** What was measured. */
  public Figures figures() {
    return figures;
  }

  @SuppressWarnings("AnnotateFormatMethod") // that annotation would be one more dependency
  private void say(String format, Object... args) {
    says.accept(String.format(Locale.ROOT, format, args));
  }

  /** Runs it; the lab is taken down in the end, and what was written is removed. */
  public void run(Plan plan) throws LabProblem, IOException, InterruptedException {
    Path own = Files.createTempDirectory(Path.of(TO), "meikyo-backups-");
    try {
      LabApplication application =
          plan.kind == Kind.PGBENCH ? LabApplication.POSTGRESQL : LabApplication.NONE;
      // Stores as large as the disk: what is measured is the wait, and a small disk's usual store
      // is full after a second of random writes.
      lab.up(
          new LabPlan.Wish(
              2,
              plan.bytes,
              true,
              true,
              application,
              "fast",
              LabWitness.VOTER,
              plan.type,
              plan.bytes));
      // So that cuts can be proven: both sides compared once.
      lab.ask(SERVER, "mirror.verify", "md1");
      try (Load load = begin(plan, own)) {
        Wait.pass(WARM_MILLIS);
        idle(load, plan.cuts);
        for (int i = 0; i < plan.cuts; i++) {
          stall(load, "backup create", () -> lab.run(SERVER, "meikyo", "backup", "create"));
          dropSnapshots();
          Wait.pass(BETWEEN_MILLIS);
        }
        for (int i = 0; i < plan.holds; i++) {
          stall(load, "clpbackup.sh --pre to --post", this::hold);
          Wait.pass(BETWEEN_MILLIS);
        }
        for (int i = 0; i < plan.images; i++) {
          image(load, own.resolve("image"));
          Wait.pass(BETWEEN_MILLIS);
        }
      }
    } finally {
      lab.down();
      remove(own);
    }
  }

  private Load begin(Plan plan, Path own) throws LabProblem, IOException, InterruptedException {
    if (plan.kind == Kind.PGBENCH) {
      return pgbench(own);
    }
    boolean buffered = plan.kind == Kind.BUFFERED;
    return FileLoad.begin(
        lab.enter(SERVER),
        buffered ? "buffered" : "random",
        FILE,
        Long.toString(plan.bytes / 2),
        Long.toString(buffered ? RATE : THREADS));
  }

  private Load pgbench(Path own) throws LabProblem, IOException, InterruptedException {
    List<String> words = lab.enterLan();
    words.addAll(
        List.of(pgbench.toString(), "-h", LabCluster.FLOATING, "-U", "postgres", "-n", "postgres"));
    List<String> make = new ArrayList<>(words);
    make.addAll(List.of("-i", "-q", "-s", "10"));
    Process process = new ProcessBuilder(make).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new LabProblem(LabNotice.COMMAND_FAILED, "pgbench -i", process.exitValue(), said);
    }
    words.addAll(List.of("-c", String.valueOf(THREADS), "-j", "2", "-T", "86400", "-l"));
    words.add("--log-prefix=" + own.resolve("pgbench_log"));
    return new PgLoad(new ProcessBuilder(words), own);
  }

  /** An order that blocks until it is carried out. */
  private interface Order {
    void run() throws LabProblem, IOException, InterruptedException;
  }

  /** As many spans of a second in which nothing is backed up: what the machine does by itself. */
  private void idle(Load load, int spans) throws LabProblem, IOException, InterruptedException {
    for (int i = 0; i < spans; i++) {
      long from = System.nanoTime();
      Wait.pass(1000);
      figures.add("longest write without a backup, ms", load.longest(from, now()) / MILLI);
    }
  }

  private static long now() {
    return System.nanoTime();
  }

  private void stall(Load load, String what, Order order)
      throws LabProblem, IOException, InterruptedException {
    long from = now();
    order.run();
    long to = now() + AROUND_NANOS;
    Wait.pass(2 * AROUND_NANOS / 1_000_000);
    double millis = load.longest(from, to) / MILLI;
    figures.add(what + ": longest write, ms", millis);
    figures.add(what + ": the command, s", (to - AROUND_NANOS - from) / SECOND);
    say("%s: the longest write took %.0f ms", what, millis);
  }

  private void hold() throws LabProblem, IOException, InterruptedException {
    lab.run(SERVER, "clpbackup.sh", "--pre", "--online");
    lab.run(SERVER, "clpbackup.sh", "--post", "--online");
  }

  /** A whole backup, and the same time without one before it. */
  private void image(Load load, Path to) throws LabProblem, IOException, InterruptedException {
    Files.createDirectory(to);
    long from = now();
    lab.run(SERVER, "meikyo", "backup", "create", "--to", to.toString());
    long end = now();
    double with = load.rate(from, end);
    Wait.pass(BETWEEN_MILLIS);
    long quiet = now();
    Wait.pass(Math.max(1000, (end - from) / 1_000_000));
    double without = load.rate(quiet, now());
    figures.add("backup create --to: " + load.unit() + " per second meanwhile", with);
    figures.add("the same time without: " + load.unit() + " per second", without);
    figures.add("backup create --to: share of the throughput without, %", 100 * with / without);
    figures.add("backup create --to: the command, s", (end - from) / SECOND);
    figures.add("backup create --to: longest operation, ms", load.longest(from, end) / MILLI);
    say(
        "an image in %.1f s: %.1f %s/s meanwhile, %.1f without",
        (end - from) / SECOND, with, load.unit(), without);
    remove(to);
  }

  /** Snapshots that were kept would slow down the writes of the next backups. */
  private void dropSnapshots() throws LabProblem, IOException {
    for (String server : List.of(SERVER, OTHER)) {
      String names = lab.ask(server, "snapshot.list").facts().getOrDefault("snapshots", "");
      for (String name : names.split(",", -1)) {
        int at = name.indexOf('@');
        if (at > 0) {
          String cut = "cut=" + name.substring(at + 1);
          lab.ask(server, "snapshot.delete", name.substring(0, at), cut);
        }
      }
    }
  }

  private static void remove(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(p);
      }
    }
  }
}
