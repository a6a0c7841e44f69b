// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.planted;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/**
 * The planted bugs as a command.
 *
 * <pre>
 *   --root DIR    the checkout (the present folder)
 *   --only TEXT   only bugs whose names contain this
 *   --from S      first seed (1)
 *   --seeds N     seeds for each bug at most (6000)
 *   --threads T   on so many threads (all cores)
 *   --known       only the seed that stands in the bug's file, if one does
 * </pre>
 */
public final class PlantedMain {
  private PlantedMain() {}

  /** Runs; returns the exit status, 1 if a bug was not found. */
  public static int run(String[] args, PrintStream out) throws IOException {
    Path root = Path.of("");
    String only = "";
    long from = 1;
    long seeds = 6000;
    int threads = Runtime.getRuntime().availableProcessors();
    boolean known = false;
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--root" -> root = Path.of(args[++i]);
        case "--only" -> only = args[++i];
        case "--from" -> from = Long.parseLong(args[++i]);
        case "--seeds" -> seeds = Long.parseLong(args[++i]);
        case "--threads" -> threads = Integer.parseInt(args[++i]);
        case "--known" -> known = true;
        default -> {
          out.println("unknown option " + args[i] + "; options are in the comment of PlantedMain");
          return 2;
        }
      }
    }
    return new PlantedBugs(root.toAbsolutePath(), threads).run(only, from, seeds, known, out);
  }
}
