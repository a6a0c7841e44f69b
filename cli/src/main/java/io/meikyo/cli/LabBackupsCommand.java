// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.core.base.Json;
import io.meikyo.core.notice.Notice;
import io.meikyo.lab.LabNotice;
import io.meikyo.lab.LabProblem;
import io.meikyo.lab.demo.PostgresPrograms;
import io.meikyo.lab.stall.BackupBench;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code meikyo lab backups}: how long an application waits. */
@Command(
    name = "backups",
    description = {
      "Measures, in a lab of its own, how long an application waits for a write while its mirror",
      "disk is backed up, and how much slower it is while the image is read.",
      "Ends with 'backups: OK' and exit status 0, or says what went wrong."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class LabBackupsCommand implements Callable<Integer> {
  private static final Path FOLDER = Path.of("/var/tmp/meikyo-backups");

  @ParentCommand private LabCommand lab;

  @Spec private CommandSpec spec;

  @Option(
      names = "--load",
      paramLabel = "LOAD",
      defaultValue = "BUFFERED",
      description = "What writes: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private BackupBench.Kind load;

  @Option(
      names = "--type",
      paramLabel = "ext4|xfs",
      defaultValue = "ext4",
      description = "The file system. Default: ${DEFAULT-VALUE}.")
  private String type;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "50",
      description = "Backups that keep a snapshot. Default: ${DEFAULT-VALUE}.")
  private int count;

  @Option(
      names = "--images",
      paramLabel = "N",
      defaultValue = "3",
      description = "Backups that write an image. Default: ${DEFAULT-VALUE}.")
  private int images;

  @Option(
      names = "--holds",
      paramLabel = "N",
      defaultValue = "5",
      description = "Pairs of clpbackup.sh --pre and --post. Default: ${DEFAULT-VALUE}.")
  private int holds;

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      defaultValue = "1GiB",
      converter = Sizes.class,
      description = "Size of the mirror disk. Default: ${DEFAULT-VALUE}.")
  private long size;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures there.")
  private @Nullable Path json;

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    if (!type.equals("ext4") && !type.equals("xfs")) {
      throw new CommandFailed(
          Notice.of(LabNotice.COMMAND_FAILED, "backups", "-", "--type is ext4 or xfs"));
    }
    Path programs = PostgresPrograms.look();
    Path pgbench = programs == null ? Path.of("pgbench") : programs.resolve("pgbench");
    BackupBench bench =
        new BackupBench(
            lab.lab(FOLDER),
            pgbench,
            line -> {
              out.println("== " + line);
              out.flush();
            });
    try {
      out.println(
          "load " + load.name().toLowerCase(Locale.ROOT) + ", " + type + ", " + count + " backups");
      bench.run(new BackupBench.Plan(load, type, size, count, images, holds));
      bench.figures().lines().forEach(out::println);
      Path file = json;
      if (file != null) {
        Files.writeString(file, Json.of(bench.figures().map()) + "\n", StandardCharsets.UTF_8);
      }
      out.println("backups: OK");
      out.flush();
      return 0;
    } catch (LabProblem e) {
      throw new CommandFailed(e.notice());
    } catch (IOException e) {
      throw new CommandFailed(
          Notice.of(LabNotice.COMMAND_FAILED, "backups", "-", String.valueOf(e.getMessage())));
    }
  }
}
