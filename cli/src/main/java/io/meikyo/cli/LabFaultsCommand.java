// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.core.notice.Notice;
import io.meikyo.lab.LabNotice;
import io.meikyo.lab.LabProblem;
import io.meikyo.lab.LabWitness;
import io.meikyo.lab.faults.Fault;
import io.meikyo.lab.faults.Faults;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code meikyo lab faults}: the table of end states. */
@Command(
    name = "faults",
    description = {
      "Makes each fault of docs/end-states.md happen in a lab of its own, and looks from outside",
      "whether anything acknowledged is lost and whether two servers ever serve.",
      "Ends with 'N passed, M failed' and exit status 0 if all ended as they should."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class LabFaultsCommand implements Callable<Integer> {
  private static final Path FOLDER = Path.of("/var/tmp/meikyo-faults");

  @ParentCommand private LabCommand lab;

  @Spec private CommandSpec spec;

  @Option(names = "--brief", description = "Only the short ones.")
  private boolean brief;

  @Option(
      names = "--two-servers",
      description = {
        "With an HTTP witness instead of a third vote. Without names: the faults that end there as",
        "docs/end-states.md says."
      })
  private boolean twoServers;

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      defaultValue = "128MiB",
      converter = Sizes.class,
      description = "Size of the mirror disk. Default: ${DEFAULT-VALUE}.")
  private long size;

  @Parameters(arity = "0..*", paramLabel = "FAULT", description = "Only these.")
  private @Nullable List<String> names;

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    List<Fault> faults = chosen();
    Faults all =
        new Faults(
            lab.lab(FOLDER),
            size,
            twoServers ? LabWitness.HTTP : LabWitness.VOTER,
            line -> {
              out.println("== " + line);
              out.flush();
            });
    try {
      List<String> failed = all.run(faults);
      failed.forEach(line -> out.println("FAILED: " + line));
      long bad = failed.stream().map(line -> line.split(":", 2)[0]).distinct().count();
      out.println((faults.size() - bad) + " passed, " + bad + " failed");
      out.flush();
      return failed.isEmpty() ? 0 : Main.FAILED;
    } catch (LabProblem e) {
      throw new CommandFailed(e.notice());
    } catch (IOException e) {
      throw new CommandFailed(
          Notice.of(LabNotice.COMMAND_FAILED, "faults", "-", String.valueOf(e.getMessage())));
    }
  }

  private List<Fault> chosen() {
    List<String> wanted = names;
    if (wanted == null || wanted.isEmpty()) {
      return twoServers
          ? Fault.FOR_TWO
          : Arrays.stream(Fault.values()).filter(f -> !brief || f.isBrief()).toList();
    }
    List<Fault> chosen = new ArrayList<>();
    for (String name : wanted) {
      chosen.add(
          Arrays.stream(Fault.values())
              .filter(f -> f.word().equals(name))
              .findFirst()
              .orElseThrow(() ->
                  new CommandFailed(
                      Notice.of(
                          CliNotice.USAGE,
                          name + ": " + Arrays.stream(Fault.values()).map(Fault::word).toList(),
                          "meikyo lab faults"))));
    }
    return chosen;
  }
}
