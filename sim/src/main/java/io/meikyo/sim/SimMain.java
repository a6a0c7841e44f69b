// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.sim.control.ControlRun;
import io.meikyo.sim.cover.ControlRequired;
import io.meikyo.sim.cover.Coverage;
import io.meikyo.sim.cover.Required;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The simulator as a command.
 *
 * <pre>
 *   --seeds N     run N seeds (the 6000 standard ones)
 *   --from S      the first of them (1)
 *   --threads T   on so many threads (all cores)
 *   --keep-going  do not stop after 20 failures
 *   --coverage    print all counters
 *   --control     the control plane in place of the mirror engine (400 standard seeds)
 *   --one S       replay one seed; with -v tell the last 200 lines of its story, with --all all
 * </pre>
 *
 * <p>The exit status is 1 if a law was broken, or if a run over all standard seeds did not meet
 * everything in {@link Required}. An abandoned seed is one whose faults came to two real failures
 * at once, from which no mirror can come back without the operator.
 */
public final class SimMain {
  private static final int FAILURES_SHOWN = 20;

  /** What is simulated. */
  private enum Kind {
    MIRROR(Required.STANDARD_SEEDS),
    CONTROL(ControlRequired.STANDARD_SEEDS);

    final long standard;

    Kind(long standard) {
      this.standard = standard;
    }

    SeedRun.Result run(long seed, Coverage cover, int lines) {
      return this == MIRROR
          ? SeedRun.run(seed, Replica.Maker.ENGINE, cover, lines)
          : ControlRun.run(seed, cover, lines);
    }

    String describe(long seed) {
      return this == MIRROR ? SeedRun.describe(seed) : ControlRun.describe(seed);
    }

    String name(SeedRun.Failure f) {
      return this == MIRROR ? f.name() : ControlRun.name(f);
    }

    int count() {
      return this == MIRROR ? Required.count() : ControlRequired.count();
    }

    List<String> missing(Map<String, Long> counters) {
      return this == MIRROR ? Required.missing(counters) : ControlRequired.missing(counters);
    }
  }

  private SimMain() {}

  /** Runs; returns the exit status. */
  public static int run(String[] args, PrintStream out) {
    boolean control = List.of(args).contains("--control");
    Kind kind = control ? Kind.CONTROL : Kind.MIRROR;
    long seeds = kind.standard;
    long from = 1;
    int threads = Runtime.getRuntime().availableProcessors();
    long one = Long.MIN_VALUE;
    int lines = 0;
    boolean keepGoing = false;
    boolean coverage = false;
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--seeds" -> seeds = Long.parseLong(args[++i]);
        case "--from" -> from = Long.parseLong(args[++i]);
        case "--threads" -> threads = Integer.parseInt(args[++i]);
        case "--one" -> one = Long.parseLong(args[++i]);
        case "-v" -> lines = Math.max(lines, 200);
        case "--all" -> lines = Integer.MAX_VALUE;
        case "--control" -> {}
        case "--keep-going" -> keepGoing = true;
        case "--coverage" -> coverage = true;
        default -> {
          out.println("unknown option " + args[i] + "; options are in the comment of SimMain");
          return 2;
        }
      }
    }
    if (one != Long.MIN_VALUE) {
      return replay(kind, one, lines, out);
    }
    return many(kind, from, seeds, threads, keepGoing, coverage, out);
  }

  private static int replay(Kind kind, long seed, int lines, PrintStream out) {
    SeedRun.Result r = kind.run(seed, new Coverage(), lines);
    out.println("seed " + seed + ": " + kind.describe(seed));
    r.story().forEach(out::println);
    out.printf(Locale.ROOT, "%d events, hash %016x%n", r.events(), r.hash());
    SeedRun.Failure f = r.failure();
    if (f == null) {
      out.println(r.abandoned() ? "abandoned: no whole copy was left" : "every law held");
      return 0;
    }
    out.println("FAILED " + kind.name(f) + ": " + f.reason());
    out.println(f.trace());
    return 1;
  }

  private static int many(
      Kind kind,
      long from,
      long seeds,
      int threads,
      boolean keepGoing,
      boolean coverage,
      PrintStream out) {
    AtomicLong next = new AtomicLong(from);
    List<SeedRun.Result> results = new ArrayList<>();
    Map<String, Long> counters = new TreeMap<>();
    long start = System.nanoTime();
    int[] failures = {0};
    List<Thread> workers = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      Thread worker =
          Thread.ofPlatform()
              .name("seeds-" + t)
              .start(() -> {
                Coverage mine = new Coverage();
                long seed;
                while ((seed = next.getAndIncrement()) < from + seeds) {
                  SeedRun.Result r = kind.run(seed, mine, 0);
                  synchronized (results) {
                    results.add(r);
                    failures[0] += r.failure() == null ? 0 : 1;
                    report(kind, r, failures[0], out);
                    if (results.size() % 500 == 0) {
                      progress(results, start, out);
                    }
                    if (!keepGoing && failures[0] >= FAILURES_SHOWN) {
                      break;
                    }
                  }
                }
                synchronized (results) {
                  mine.addTo(counters);
                }
              });
      workers.add(worker);
    }
    for (Thread worker : workers) {
      try {
        worker.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return 2;
      }
    }
    progress(results, start, out);
    if (coverage) {
      counters.forEach((name, n) -> out.printf(Locale.ROOT, "%10d  %s%n", n, name));
    }
    List<String> missing = kind.missing(counters);
    boolean standard = from == 1 && results.size() >= kind.standard;
    if (standard || coverage) {
      String end = missing.isEmpty() ? "" : ":";
      out.println(missing.size() + " of " + kind.count() + " required counters are short" + end);
      missing.forEach(m -> out.println("  " + m));
    } else {
      out.println("coverage is judged over the " + kind.standard + " standard seeds only");
    }
    return failures[0] == 0 && (missing.isEmpty() || !standard) ? 0 : 1;
  }

  private static void report(Kind kind, SeedRun.Result r, int failures, PrintStream out) {
    SeedRun.Failure f = r.failure();
    if (f != null && failures <= 200) {
      String reason = f.reason();
      out.println(
          "seed "
              + r.seed()
              + "  "
              + kind.name(f)
              + "  "
              + (reason.length() > 220 ? reason.substring(0, 220) + "…" : reason)
              + where(f));
    }
  }

  private static String where(SeedRun.Failure f) {
    if (f.law() >= 0) {
      return "";
    }
    for (String line : f.trace().lines().toList()) {
      if (line.contains("at ") && !line.contains("Invariant") && !line.contains("java.base")) {
        return " " + line.strip();
      }
    }
    return "";
  }

  private static void progress(List<SeedRun.Result> results, long start, PrintStream out) {
    long events = 0;
    long failed = 0;
    long abandoned = 0;
    List<Long> all = new ArrayList<>();
    for (SeedRun.Result r : results) {
      events += r.events();
      all.add(r.events());
      failed += r.failure() == null ? 0 : 1;
      abandoned += r.abandoned() ? 1 : 0;
    }
    all.sort(null);
    double seconds = (System.nanoTime() - start) / 1e9;
    out.printf(
        Locale.ROOT,
        "%d seeds, %d failed, %d abandoned; %d events, %.0f/s, median %d per seed; %.1f s%n",
        results.size(),
        failed,
        abandoned,
        events,
        events / seconds,
        all.isEmpty() ? 0 : all.get(all.size() / 2),
        seconds);
  }
}
