// SPDX-License-Identifier: Apache-2.0
package io.meikyo.bench;

import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One run: makes all targets, warms them, then round by round each job on each target in turn, so
 * that what else the machine does meanwhile falls on all of them alike.
 */
public final class Bench {
  /** Programs and where they come from (Debian, Fedora). */
  private static final Map<String, List<String>> PROGRAMS =
      new java.util.TreeMap<>(
          Map.of(
              "fio", List.of("fio", "fio"),
              "nbdkit", List.of("nbdkit", "nbdkit"),
              "qemu-storage-daemon", List.of("qemu-system-common", "qemu-img"),
              "ip", List.of("iproute2", "iproute"),
              "losetup", List.of("mount", "util-linux"),
              "nsenter", List.of("util-linux", "util-linux")));

  private final Plan plan;
  private final Consumer<Notice> says;
  private final List<Target> targets = new ArrayList<>();
  private final List<Comparison> comparisons = new ArrayList<>();
  private final Samples samples = new Samples();

  /** Prepares a run; nothing is made yet. */
  public Bench(Plan plan, Consumer<Notice> says) {
    this.plan = plan;
    this.says = says;
  }

  /** Programs that are not there, with their packages: Debian's, then Fedora's. */
  public static Map<String, List<String>> missing() {
    Map<String, List<String>> missing = new java.util.TreeMap<>(PROGRAMS);
    missing.keySet().removeIf(Bench::isThere);
    return missing;
  }

  private static boolean isThere(String program) {
    return List.of("/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/bin").stream()
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  /** Measures; whatever happens, nothing of it is left. */
  public Report run() throws BenchProblem, IOException, InterruptedException {
    if (!"root".equals(System.getProperty("user.name"))) {
      throw new BenchProblem(BenchNotice.NOT_ROOT);
    }
    for (Map.Entry<String, List<String>> m : missing().entrySet()) {
      throw new BenchProblem(BenchNotice.NO_PROGRAM, m.getKey(), m.getValue().getFirst());
    }
    if (plan.bytes() <= Plan.LOG_BYTES) {
      says.accept(Notice.of(BenchNotice.SMALL, plan.bytes(), Plan.LOG_BYTES));
    }
    Workshop shop = new Workshop(plan.folder(), says);
    Thread hook = new Thread(shop::close, "remove the bench");
    Runtime.getRuntime().addShutdownHook(hook);
    try (shop) {
      lay(shop);
      for (Target target : targets) {
        says.accept(Notice.of(BenchNotice.PREPARING, target.name()));
        target.start();
      }
      for (Target target : targets) {
        for (Job job : plan.jobs()) {
          Fio.run(target, job, plan.seconds(), plan.bytes());
        }
      }
      for (int round = 0; round < plan.rounds(); round++) {
        round(round);
      }
    }
    Runtime.getRuntime().removeShutdownHook(hook);
    return new Report(plan, List.copyOf(targets), List.copyOf(comparisons), samples);
  }

  private void round(int round) throws BenchProblem, InterruptedException {
    for (Job job : plan.jobs()) {
      // Every second round the other way round, so that nobody always follows the same neighbour.
      for (Target target : round % 2 == 0 ? targets : targets.reversed()) {
        double value = Fio.run(target, job, plan.seconds(), plan.bytes());
        samples.add(round, job, target.name(), value);
        says.accept(
            Notice.of(
                BenchNotice.MEASURED,
                round + 1,
                job.title(),
                target.name(),
                String.format(Locale.ROOT, "%.0f", value),
                "1/s"));
      }
    }
  }

  // ---- what stands beside what

  private void lay(Workshop shop) throws BenchProblem, IOException, InterruptedException {
    Cable cable = new Cable(shop);
    if (plan.memory()) {
      Backing memory = new Backing(shop, true, plan.bytes(), 4 + others());
      mirrors(shop, memory, cable, null);
    }
    if (plan.disk()) {
      int replicas = 4 + others() + 1 + (plan.devices() ? 2 : 0);
      Backing disk = new Backing(shop, false, plan.bytes(), replicas);
      Target file = new PlainTarget(shop, disk, false);
      targets.add(file);
      mirrors(shop, disk, cable, file);
    }
  }

  /** Replicas of other mirror disks of ours. */
  private int others() {
    return (plan.base() == null ? 0 : 2) + (plan.keys() == null ? 0 : 2);
  }

  private void mirrors(Workshop shop, Backing backing, Cable cable, @Nullable Target file) {
    boolean devices = file != null && plan.devices();
    Meikyo ours = meikyo(shop, backing, cable, "meikyo", plan.command(), devices, 0, null);
    Target quorum = new QuorumTarget(shop, backing, cable);
    Target nbd = ours.nbd();
    targets.add(nbd);
    targets.add(quorum);
    comparisons.add(new Comparison(nbd, quorum));
    List<String> other = plan.base();
    if (other != null) {
      Target before = meikyo(shop, backing, cable, "base", other, false, 1, null).nbd();
      targets.add(before);
      comparisons.add(new Comparison(nbd, before));
      comparisons.add(new Comparison(before, quorum));
    }
    LinkKeys keys = plan.keys();
    if (keys != null) {
      Target secret =
          meikyo(shop, backing, cable, "meikyo-tls", plan.command(), false, 2, keys).nbd();
      targets.add(secret);
      comparisons.add(new Comparison(secret, nbd));
    }
    if (file != null) {
      comparisons.add(new Comparison(nbd, file));
      comparisons.add(new Comparison(quorum, file));
    }
    if (devices) {
      Target loop = new PlainTarget(shop, backing, true);
      Target mirrored = ours.blockDevice();
      Meikyo.Kind single = new Meikyo.Kind("alone", plan.command(), false, true, 7790, null);
      Target alone = new Meikyo(shop, backing, cable, single).blockDevice();
      targets.addAll(List.of(loop, mirrored, alone));
      comparisons.add(new Comparison(mirrored, loop));
      comparisons.add(new Comparison(alone, loop));
    }
  }

  private static Meikyo meikyo(
      Workshop shop,
      Backing backing,
      Cable cable,
      String name,
      List<String> command,
      boolean device,
      int number,
      @Nullable LinkKeys keys) {
    int port = 7760 + number + (backing.name().equals("ram") ? 0 : 10);
    Meikyo.Kind kind = new Meikyo.Kind(name, command, true, device, port, keys);
    return new Meikyo(shop, backing, cable, kind);
  }

  /** A target and what it is divided by. */
  record Comparison(Target target, Target against) {}
}
