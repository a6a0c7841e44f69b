// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.core.base.Json;
import io.meikyo.lab.Lab;
import io.meikyo.lab.demo.Demo;
import io.meikyo.lab.demo.Figures;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code meikyo demo}: the main job, for real, on one machine. */
@Command(
    name = "demo",
    description = {
      "PostgreSQL on a mirrored disk behind a floating IP, on a cluster of two servers and a",
      "witness in a lab on this machine, under load from clients that keep their own account; then",
      "the agent and each server die in turn, and nobody does anything but give the power back.",
      "Needs root. Ends with 'demo: OK' and exit status 0, or says what went wrong."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class DemoCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "2",
      description = {
        "How often the active server loses its power. Default: ${DEFAULT-VALUE}. With --no-cluster and",
        "more than two it is drawn what strikes and when: either server or both at once, agents in",
        "between, and again in the recovery."
      })
  private int rounds;

  @Option(
      names = "--no-cluster",
      description = "The mirror agents alone; this program does what the cluster service would.")
  private boolean noCluster;

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      converter = Sizes.class,
      description = "Size of the mirror disk. Default: 1GiB.")
  private @Nullable Long size;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = {
        "Of what is drawn. Default: 1 with two rounds, a new one with more, which is said."
      })
  private @Nullable Long seed;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures there.")
  private @Nullable Path json;

  @Option(
      names = "--folder",
      paramLabel = "FOLDER",
      description = "Where the lab is. Default: /var/tmp/meikyo-demo.")
  private @Nullable Path folder;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path root = Path.of(System.getProperty("meikyo.root", "."));
    PrintWriter out = spec.commandLine().getOut();
    Lab lab =
        new Lab(
            folder == null ? Demo.FOLDER : folder,
            root,
            notice -> {
              main.texts().lines(notice).forEach(out::println);
              out.flush();
            },
            new ProgressBar(spec.commandLine().getErr()));
    List<String> install =
        List.of(root.resolve("scripts/install-first.sh").toString(), "initdb", "postgresql");
    try {
      Demo demo =
          new Demo(
              lab,
              install,
              sentence -> {
                out.println("== " + sentence);
                out.flush();
              });
      boolean many = rounds > Demo.STANDARD_ROUNDS;
      Long bytes = this.size;
      Long given = seed;
      long size = bytes != null ? bytes : many ? Demo.LONG_BYTES : Demo.STANDARD_BYTES;
      long start = given != null ? given : many ? new SecureRandom().nextInt(1 << 30) : 1;
      if (noCluster) {
        demo.run(size, rounds, start);
      } else {
        demo.runCluster(size, rounds, start);
      }
      return tell(demo.figures(), out);
    } catch (Demo.DemoStopped e) {
      out.println("demo: FAILED: " + e.getMessage());
      out.flush();
      return Main.FAILED;
    }
  }

  private int tell(Figures figures, PrintWriter out) throws IOException {
    out.println();
    figures.lines().forEach(out::println);
    Path file = json;
    if (file != null) {
      Files.writeString(file, Json.of(figures.map()) + "\n", StandardCharsets.UTF_8);
    }
    out.println("demo: OK");
    out.flush();
    return 0;
  }
}
