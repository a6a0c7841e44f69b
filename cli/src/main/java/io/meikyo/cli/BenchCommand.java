// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.bench.Bench;
import io.meikyo.bench.BenchNotice;
import io.meikyo.bench.BenchProblem;
import io.meikyo.bench.Job;
import io.meikyo.bench.Plan;
import io.meikyo.bench.Report;
import io.meikyo.core.base.Json;
import io.meikyo.core.notice.Notice;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code meikyo bench}: how fast a mirror disk is, beside others, on this machine. */
@Command(
    name = "bench",
    description = {
      "Measures a mirror disk beside qemu-storage-daemon's quorum, a bare file and a bare loop",
      "device: the same jobs in turn, in one run, told as ratios with 95 %% intervals. Needs root",
      "and installs fio, nbdkit and qemu-storage-daemon if they are missing."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class BenchCommand implements Callable<Integer> {
  private static final int QUICK_ROUNDS = 3;
  private static final int QUICK_SECONDS = 2;
  private static final int ROUNDS = 7;
  private static final int SECONDS = 5;
  private static final long BYTES = 2560L << 20;

  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  @Option(
      names = "--quick",
      description = "A first look: replicas in memory, three jobs, 3 rounds of 2 s.")
  private boolean quick;

  @Option(names = "--rounds", paramLabel = "N", description = "Rounds. Default: 7, quick 3.")
  private @Nullable Integer rounds;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "How long each job runs. Default: 5, quick 2.")
  private @Nullable Integer seconds;

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      converter = Sizes.class,
      description = {
        "Size of the mirror disk and of the working set. Default: 2560MiB, more than the activity",
        "log covers (2 GiB)."
      })
  private @Nullable Long size;

  @Option(
      names = "--on",
      split = ",",
      paramLabel = "ram|disk",
      description = "Where the replicas are. Default: both, quick ram.")
  private @Nullable List<String> on;

  @Option(
      names = "--jobs",
      split = ",",
      paramLabel = "JOB",
      description = "write-1, write-32, read-32, stream-4, fsync-1. Default: all.")
  private @Nullable List<String> jobs;

  @Option(names = "--no-devices", description = "Without block devices (FUSE and loop).")
  private boolean noDevices;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Of the bootstrap.")
  private long seed;

  @Option(
      names = "--folder",
      paramLabel = "FOLDER",
      defaultValue = "/var/tmp/meikyo-bench",
      description = "Whose disk is measured. Default: ${DEFAULT-VALUE}.")
  private Path folder;

  @Option(
      names = "--base",
      paramLabel = "FOLDER",
      description = "Folder of jars of another build, measured in the same run.")
  private @Nullable Path base;

  @Option(
      names = "--tls",
      description = "A mirror disk with TLS on its link beside the one without.")
  private boolean tls;

  @Option(
      names = "--write",
      paramLabel = "FILE",
      description = {
        "Put the tables between the marks of this file. Default: docs/benchmarks.md of the source",
        "tree, if everything is measured: no option says less or other than the standard."
      })
  private @Nullable Path write;

  @Option(
      names = "--date",
      paramLabel = "DATE",
      description = "Date to write with them. Default: today.")
  private @Nullable String date;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the ratios there.")
  private @Nullable Path json;

  @Override
  public Integer call() throws IOException, InterruptedException {
    install();
    Bench bench = new Bench(plan(), this::say);
    try {
      tell(bench.run());
      return 0;
    } catch (BenchProblem e) {
      throw new CommandFailed(e.notice());
    }
  }

  /** Installs what is missing, where the distribution has it; what stays missing is told later. */
  private static void install() throws IOException, InterruptedException {
    Path script = root().resolve("scripts/install-first.sh");
    for (var missing : Bench.missing().entrySet()) {
      if (Files.exists(script)) {
        List<String> words = new ArrayList<>(List.of(script.toString(), missing.getKey()));
        words.addAll(missing.getValue());
        new ProcessBuilder(words).inheritIO().start().waitFor();
      }
    }
  }

  private Plan plan() throws IOException {
    List<String> places = on == null ? List.of("ram", "disk") : on;
    if (on == null && quick) {
      places = List.of("ram");
    }
    for (String place : places) {
      if (!place.equals("ram") && !place.equals("disk")) {
        throw new CommandFailed(Notice.of(BenchNotice.NOTHING_CHOSEN, place, "ram, disk"));
      }
    }
    Path other = base;
    Integer r = rounds;
    Integer s = seconds;
    Long bytes = size;
    return new Plan(
        folder,
        jobs(),
        places.contains("ram"),
        places.contains("disk"),
        !noDevices,
        r != null ? r : quick ? QUICK_ROUNDS : ROUNDS,
        s != null ? s : quick ? QUICK_SECONDS : SECONDS,
        bytes != null ? bytes : BYTES,
        seed,
        command(System.getProperty("java.class.path", "")),
        other == null ? null : command(jars(other)),
        tls ? new BenchKeys() : null);
  }

  private List<Job> jobs() {
    List<String> wanted = jobs;
    if (wanted == null) {
      return quick ? List.of(Job.WRITE_1, Job.WRITE_32, Job.FSYNC_1) : List.of(Job.values());
    }
    List<Job> all = new ArrayList<>();
    for (String word : wanted) {
      all.add(
          Arrays.stream(Job.values())
              .filter(job -> word(job).equals(word))
              .findFirst()
              .orElseThrow(() ->
                  new CommandFailed(
                      Notice.of(
                          BenchNotice.NOTHING_CHOSEN,
                          word,
                          Arrays.stream(Job.values())
                              .map(BenchCommand::word)
                              .collect(Collectors.joining(", "))))));
    }
    return all;
  }

  private static String word(Job job) {
    return job.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String jars(Path of) throws IOException {
    try (Stream<Path> all = Files.list(of)) {
      return all.map(p -> p.toAbsolutePath().toString())
          .filter(p -> p.endsWith(".jar"))
          .sorted()
          .collect(Collectors.joining(File.pathSeparator));
    }
  }

  /** The words that start an agent as the launcher does, with the options of its variable. */
  private static List<String> command(String classPath) {
    List<String> all = new ArrayList<>();
    all.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    all.addAll(List.of("-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED"));
    String options = System.getenv("MEIKYO_BENCH_JAVA_OPTS");
    if (options != null && !options.isBlank()) {
      all.addAll(List.of(options.strip().split(" +")));
    }
    all.addAll(List.of("-cp", classPath, Main.class.getName()));
    return all;
  }

  private void tell(Report report) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    report.ratios().forEach(out::println);
    out.println();
    report.medians().forEach(out::println);
    out.flush();
    Path facts = json;
    if (facts != null) {
      Files.writeString(facts, Json.of(report.facts()) + "\n", StandardCharsets.UTF_8);
    }
    write(report);
  }

  /** A run of everything belongs into the source tree's page, any other where it is told to. */
  private void write(Report report) throws IOException {
    Path page = write;
    if (page == null) {
      Path own = root().resolve("docs/benchmarks.md");
      if (!Files.exists(own)) {
        return;
      }
      if (isPart()) {
        say(Notice.of(BenchNotice.NOT_WRITTEN, own));
        return;
      }
      page = own;
    }
    BenchPage.write(page, report, date);
    say(Notice.of(BenchNotice.WRITTEN, page));
  }

  /** True if an option says less or other than the standard. */
  private boolean isPart() {
    return quick
        || noDevices
        || tls
        || Stream.of(rounds, seconds, size, on, jobs, base).anyMatch(Objects::nonNull);
  }

  private void say(Notice notice) {
    main.texts().lines(notice).forEach(spec.commandLine().getErr()::println);
    spec.commandLine().getErr().flush();
  }

  private static Path root() {
    return Path.of(System.getProperty("meikyo.root", ".")).toAbsolutePath().normalize();
  }
}
