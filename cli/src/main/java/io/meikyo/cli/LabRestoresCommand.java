// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.core.base.Json;
import io.meikyo.core.notice.Notice;
import io.meikyo.lab.LabNotice;
import io.meikyo.lab.LabProblem;
import io.meikyo.lab.demo.RestoreBench;
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

/** {@code meikyo lab restores}: how long a restore takes. */
@Command(
    name = "restores",
    description = {
      "Measures, in a lab of its own, how long a database is away while both servers go back to a",
      "backup by the runbook's commands, without a copy between them.",
      "Ends with 'restores: OK' and exit status 0, or says what went wrong."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class LabRestoresCommand implements Callable<Integer> {
  private static final Path FOLDER = Path.of("/var/tmp/meikyo-restores");

  @ParentCommand private LabCommand lab;

  @Spec private CommandSpec spec;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "3",
      description = "Restores. Default: ${DEFAULT-VALUE}.")
  private int count;

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      defaultValue = "4GiB",
      converter = Sizes.class,
      description = "Size of the mirror disk. Default: ${DEFAULT-VALUE}.")
  private long size;

  @Option(
      names = "--type",
      paramLabel = "ext4|xfs",
      defaultValue = "ext4",
      description = "The file system. Default: ${DEFAULT-VALUE}.")
  private String type;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures there.")
  private @Nullable Path json;

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    RestoreBench bench =
        new RestoreBench(
            lab.lab(FOLDER),
            line -> {
              out.println("== " + line);
              out.flush();
            });
    try {
      if (!type.equals("ext4") && !type.equals("xfs")) {
        throw new CommandFailed(
            Notice.of(LabNotice.COMMAND_FAILED, "restores", "-", "--type is ext4 or xfs"));
      }
      String wrong = bench.run(type, size, count);
      bench.figures().lines().forEach(out::println);
      Path file = json;
      if (file != null) {
        Files.writeString(file, Json.of(bench.figures().map()) + "\n", StandardCharsets.UTF_8);
      }
      out.println(wrong == null ? "restores: OK" : "restores: FAILED: " + wrong);
      out.flush();
      return wrong == null ? 0 : Main.FAILED;
    } catch (LabProblem e) {
      throw new CommandFailed(e.notice());
    } catch (IOException e) {
      throw new CommandFailed(
          Notice.of(LabNotice.COMMAND_FAILED, "restores", "-", String.valueOf(e.getMessage())));
    }
  }
}
