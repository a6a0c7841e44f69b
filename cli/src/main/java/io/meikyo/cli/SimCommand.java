// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.sim.SimMain;
import io.meikyo.sim.planted.PlantedMain;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code meikyo sim}: seeds of the simulator, the replay of one, and the planted bugs. */
@Command(
    name = "sim",
    description = {
      "Runs whole clusters in the simulator, one for each seed, and judges every law after every"
          + " event. A failing seed is replayed exactly with --one SEED -v.",
      "Exit status: 0 every law held; 1 one was broken, or a run over all standard seeds did not"
          + " meet what it must meet; 2 wrong usage."
    })
final class SimCommand implements Callable<Integer> {
  @Option(
      names = "--seeds",
      paramLabel = "N",
      description = "How many seeds. Default: the 6000 standard ones.")
  private @Nullable Long seeds;

  @Option(names = "--from", paramLabel = "S", description = "The first of them. Default: 1.")
  private @Nullable Long from;

  @Option(names = "--threads", paramLabel = "T", description = "Default: one for each core.")
  private @Nullable Integer threads;

  @Option(names = "--one", paramLabel = "SEED", description = "Replay this seed only.")
  private @Nullable Long one;

  @Option(names = "-v", description = "With --one: tell the last 200 lines of its story.")
  private boolean verbose;

  @Option(names = "--all", description = "With --one: tell the whole story.")
  private boolean all;

  @Option(
      names = "--control",
      description =
          "The control plane (members, leases, groups, monitors) in place of the mirror engine;"
              + " 400 standard seeds.")
  private boolean control;

  @Option(names = "--coverage", description = "Print every counter.")
  private boolean coverage;

  @Option(names = "--keep-going", description = "Do not stop after 20 failures.")
  private boolean keepGoing;

  @Option(
      names = "--planted",
      description =
          "Plant each bug of sim/planted in a copy of the source and search the seed that finds it."
              + " Needs the source tree.")
  private boolean planted;

  @Option(
      names = "--only",
      paramLabel = "TEXT",
      description = "With --planted: only bugs whose names contain this.")
  private @Nullable String only;

  @Option(
      names = "--known",
      description = "With --planted: only the seeds that found the bugs before.")
  private boolean known;

  @Override
  public Integer call() throws IOException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    List<String> args = new ArrayList<>();
    value(args, "--seeds", seeds);
    value(args, "--from", from);
    value(args, "--threads", threads);
    if (planted) {
      value(args, "--root", System.getProperty("meikyo.root", "."));
      value(args, "--only", only);
      flag(args, "--known", known);
      return PlantedMain.run(args.toArray(String[]::new), out);
    }
    value(args, "--one", one);
    flag(args, "--control", control);
    flag(args, "-v", verbose);
    flag(args, "--all", all);
    flag(args, "--coverage", coverage);
    flag(args, "--keep-going", keepGoing);
    return SimMain.run(args.toArray(String[]::new), out);
  }

  private static void value(List<String> args, String name, @Nullable Object value) {
    if (value != null) {
      args.add(name);
      args.add(value.toString());
    }
  }

  private static void flag(List<String> args, String name, boolean given) {
    if (given) {
      args.add(name);
    }
  }
}
