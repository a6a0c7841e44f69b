// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.core.base.Json;
import io.meikyo.core.notice.Notice;
import io.meikyo.lab.LabNotice;
import io.meikyo.lab.LabProblem;
import io.meikyo.lab.demo.FailoverBench;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code meikyo lab failover}: how long clients wait. */
@Command(
    name = "failover",
    description = {
      "Measures, in a lab of its own, how long a client of the floating IP is without an answer at",
      "planned moves and when the active server is killed, and what idle servers cost.",
      "Ends with 'failover: OK' and exit status 0, or says what went wrong."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class LabFailoverCommand implements Callable<Integer> {
  private static final Path FOLDER = Path.of("/var/tmp/meikyo-failover");

  @ParentCommand private LabCommand lab;

  @Spec private CommandSpec spec;

  @Option(names = "--moves", paramLabel = "N", defaultValue = "10", description = "Planned moves.")
  private int moves;

  @Option(names = "--kills", paramLabel = "N", defaultValue = "10", description = "Killed servers.")
  private int kills;

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      defaultValue = "256MiB",
      converter = Sizes.class,
      description = "Size of the mirror disk. Default: ${DEFAULT-VALUE}.")
  private long size;

  @Option(
      names = "--profile",
      paramLabel = "fast|calm",
      defaultValue = "fast",
      description = "Times of heartbeats and leases. Default: ${DEFAULT-VALUE}.")
  private String profile;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures there.")
  private @Nullable Path json;

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    FailoverBench bench =
        new FailoverBench(
            lab.lab(FOLDER),
            line -> {
              out.println("== " + line);
              out.flush();
            });
    try {
      String wrong = bench.run(size, moves, kills, profile);
      bench.figures().lines().forEach(out::println);
      Path file = json;
      if (file != null) {
        Files.writeString(file, Json.of(bench.figures().map()) + "\n", StandardCharsets.UTF_8);
      }
      out.println(wrong == null ? "failover: OK" : "failover: FAILED: " + wrong);
      out.flush();
      return wrong == null ? 0 : Main.FAILED;
    } catch (LabProblem e) {
      throw new CommandFailed(e.notice());
    } catch (IOException e) {
      throw new CommandFailed(
          Notice.of(LabNotice.COMMAND_FAILED, "failover", "-", String.valueOf(e.getMessage())));
    }
  }
}
