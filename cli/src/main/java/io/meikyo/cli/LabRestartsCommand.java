// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.core.base.Json;
import io.meikyo.core.notice.Notice;
import io.meikyo.lab.LabNotice;
import io.meikyo.lab.LabProblem;
import io.meikyo.lab.stall.RestartBench;
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

/** {@code meikyo lab restarts}: services die, nothing moves. */
@Command(
    name = "restarts",
    description = {
      "Kills the cluster service of each server again and again, in a lab of its own, while an",
      "application writes: nothing may move, and how long a write waits is measured.",
      "Ends with 'restarts: OK' and exit status 0, or says what went wrong."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class LabRestartsCommand implements Callable<Integer> {
  private static final Path FOLDER = Path.of("/var/tmp/meikyo-restarts");

  @ParentCommand private LabCommand lab;

  @Spec private CommandSpec spec;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "100",
      description = "How often on each server. Default: ${DEFAULT-VALUE}.")
  private int count;

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      defaultValue = "256MiB",
      converter = Sizes.class,
      description = "Size of the mirror disk. Default: ${DEFAULT-VALUE}.")
  private long size;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures there.")
  private @Nullable Path json;

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    RestartBench bench =
        new RestartBench(
            lab.lab(FOLDER),
            line -> {
              out.println("== " + line);
              out.flush();
            });
    try {
      String wrong = bench.run(size, count);
      bench.figures().lines().forEach(out::println);
      Path file = json;
      if (file != null) {
        Files.writeString(file, Json.of(bench.figures().map()) + "\n", StandardCharsets.UTF_8);
      }
      out.println(wrong == null ? "restarts: OK" : "restarts: FAILED: " + wrong);
      out.flush();
      return wrong == null ? 0 : Main.FAILED;
    } catch (LabProblem e) {
      throw new CommandFailed(e.notice());
    } catch (IOException e) {
      throw new CommandFailed(
          Notice.of(LabNotice.COMMAND_FAILED, "restarts", "-", String.valueOf(e.getMessage())));
    }
  }
}
