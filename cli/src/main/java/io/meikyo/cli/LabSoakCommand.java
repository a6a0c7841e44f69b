// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.core.notice.Notice;
import io.meikyo.lab.Lab;
import io.meikyo.lab.soak.Soak;
import io.meikyo.lab.soak.SoakFailed;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code meikyo lab soak}: faults at random for a long time, on a machine short of memory. */
@Command(
    name = "soak",
    description = {
      "Two servers of a lab of its own, ext4 on the mirror disk, and a writer that keeps book, in a",
      "control group that is always short of memory; agents are killed and the cable is cut at",
      "random. Then everything is checked. Ends with 'soak: OK' and exit status 0, or says what",
      "went wrong."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class LabSoakCommand implements Callable<Integer> {
  private static final Path FOLDER = Path.of("/var/tmp/meikyo-soak");
  private static final long LEAST = 256L << 20;

  @ParentCommand private LabCommand lab;

  @Spec private CommandSpec spec;

  @Option(
      names = "--minutes",
      paramLabel = "N",
      defaultValue = "10",
      description = "How long faults go on. Default: ${DEFAULT-VALUE}.")
  private int minutes;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of the faults and of what is written. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      defaultValue = "1GiB",
      converter = Sizes.class,
      description = "Size of the mirror disk. Default: ${DEFAULT-VALUE}.")
  private long size;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      defaultValue = "384MiB",
      converter = Sizes.class,
      description = {
        "All the memory that the writer, its page cache and a hog have. Default: ${DEFAULT-VALUE}."
      })
  private long memory;

  @Override
  public Integer call() throws InterruptedException {
    if (minutes < 0 || size < LEAST || memory < LEAST) {
      throw new CommandFailed(
          Notice.of(CliNotice.USAGE, "--size and --memory of at least 256MiB", "meikyo lab soak"));
    }
    PrintWriter out = spec.commandLine().getOut();
    Lab servers = lab.lab(FOLDER);
    Soak soak =
        new Soak(
            servers,
            new Soak.Options(size, minutes, seed, memory),
            sentence -> {
              out.println(sentence);
              out.flush();
            });
    int status = Main.FAILED;
    try {
      soak.run("meikyo-soak-" + servers.name());
      out.println("soak: OK");
      status = 0;
    } catch (SoakFailed e) {
      out.println("soak: FAILED: " + e.getMessage());
    }
    out.flush();
    return status;
  }
}
