// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.sim.SimMain;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * {@code meikyo demo}: what there is today, for real where it is real. It makes the partitions of a
 * replica in a temporary folder, damages one, has it checked and repaired; then it lets the
 * simulator tell one cluster's story, and says that this part is simulated.
 */
@Command(
    name = "demo",
    description = {
      "Shows what there is today: a replica's partitions made, damaged, checked and repaired on real"
          + " files, and one simulated cluster. Everything is in a temporary folder, which is removed."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class DemoCommand implements Callable<Integer> {
  private static final String SEEDS = "40";

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Path folder = Files.createTempDirectory("meikyo-demo");
    try {
      return partitions(folder) && cluster() ? 0 : 1;
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path p : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(p);
        }
      }
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private void say(String sentence) {
    out().println();
    out().println("== " + sentence);
    out().flush();
  }

  /** Runs a command of this program and shows it; true if it ended as expected. */
  private boolean run(int expected, String... args) {
    out().println("$ meikyo " + String.join(" ", args));
    out().flush();
    int status = Main.commandLine(System.getenv()).execute(args);
    if (status != expected) {
      out().println("(exit status " + status + ", expected " + expected + ")");
    }
    return status == expected;
  }

  private boolean partitions(Path folder) throws IOException {
    String data = folder.resolve("data.img").toString();
    String cluster = folder.resolve("cluster.img").toString();
    say("A replica of a mirror disk: a data partition and a cluster partition (real files)");
    boolean ok =
        run(
            0,
            "partition",
            "create",
            "--data",
            data,
            "--cluster",
            cluster,
            "--allocate",
            "16MiB",
            "--cluster-id",
            UUID.randomUUID().toString(),
            "--disk-id",
            UUID.randomUUID().toString(),
            "--replica",
            "0");
    ok &= run(0, "partition", "inspect", cluster);
    say("Somebody writes over the first superblock");
    try (FileChannel file = FileChannel.open(Path.of(cluster), StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.wrap("garbage".repeat(64).getBytes(StandardCharsets.UTF_8)), 0);
    }
    ok &= run(1, "partition", "check", cluster);
    say("It is written again from the other copy");
    ok &= run(0, "partition", "repair", cluster);
    ok &= run(0, "partition", "check", cluster);
    return ok;
  }

  private boolean cluster() {
    say("Whole clusters in the simulator (simulated: no disk and no network is touched)");
    out().println("$ meikyo sim --seeds " + SEEDS);
    out().flush();
    PrintStream stream = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    int status = SimMain.run(List.of("--seeds", SEEDS).toArray(String[]::new), stream);
    say("There is no block device and no service yet; README.md says what comes.");
    return status == 0;
  }
}
