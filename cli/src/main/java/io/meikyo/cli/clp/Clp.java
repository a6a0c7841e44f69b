// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine;

/** Finds the command of a name and runs it. */
public final class Clp {
  static final int WORKED = 0;
  static final int FAILED = 1;
  static final int WRONG_USAGE = 2;

  private static final Map<String, Function<ClpContext, Callable<Integer>>> COMMANDS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("clpbackup.sh", ClpBackup::new),
              Map.entry("clpstat", ClpStat::new),
              Map.entry("clpcl", ClpCl::new),
              Map.entry("clpdown", ClpDown::new),
              Map.entry("clpgrp", ClpGrp::new),
              Map.entry("clprsc", ClpRsc::new),
              Map.entry("clpmonctrl", ClpMonCtrl::new),
              Map.entry("clpmdstat", ClpMdStat::new),
              Map.entry("clpmdctrl", ClpMdCtrl::new),
              Map.entry("clpmdinit", ClpMdInit::new),
              Map.entry("clpcfctrl", ClpCfCtrl::new),
              Map.entry("clprestore.sh", ClpRestore::new),
              Map.entry("clplogcc", ClpLogCc::new)));

  private Clp() {}

  /** All names. */
  public static List<String> names() {
    return List.copyOf(COMMANDS.keySet());
  }

  /**
   * Runs a command.
   *
   * @param words its name and its arguments
   * @return its exit status
   */
  public static int run(String[] words, ClpContext context) {
    String name = words.length == 0 ? "" : words[0];
    Function<ClpContext, Callable<Integer>> command = COMMANDS.get(name);
    if (command == null) {
      context.err().println(name + " : there is no such command: " + String.join(", ", names()));
      context.err().flush();
      return WRONG_USAGE;
    }
    CommandLine line = new CommandLine(command.apply(context));
    line.setPosixClusteredShortOptionsAllowed(false);
    line.setOut(context.out());
    line.setErr(context.err());
    line.setParameterExceptionHandler((e, args) -> {
      context.err().println(name + " : " + e.getMessage());
      e.getCommandLine().usage(context.err());
      context.err().flush();
      return WRONG_USAGE;
    });
    line.setExecutionExceptionHandler((e, cmd, parsed) -> {
      context.failed(String.valueOf(e.getMessage()));
      return FAILED;
    });
    List<String> rest = new ArrayList<>(Arrays.asList(words).subList(1, words.length));
    int status = line.execute(rest.toArray(String[]::new));
    context.out().flush();
    context.err().flush();
    return status;
  }
}
