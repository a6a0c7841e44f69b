// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.agent.partition.PartitionFigures;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code meikyo partition figures}: the table of sizes and times in docs/formats.md. */
@Command(
    name = "figures",
    hidden = true,
    description = "Measures the reading of cluster partitions for disks of several sizes.")
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class PartitionFiguresCommand implements Callable<Integer> {
  @ParentCommand private PartitionCommand parent;

  @Option(
      names = "--dir",
      defaultValue = "${sys:java.io.tmpdir}",
      paramLabel = "FOLDER",
      description = "Where to make the files, 113 MiB at most. Default: ${DEFAULT-VALUE}.")
  private Path folder;

  @Override
  public Integer call() {
    parent
        .out()
        .println("| mirror disk | used of the cluster partition | memory | first | median of 5 |");
    parent.out().println("|---|---|---|---|---|");
    for (long bytes : new long[] {1L << 30, 1L << 40, 16L << 40}) {
      PartitionFigures f = PartitionCommand.attempt(() -> PartitionFigures.measure(folder, bytes));
      parent
          .out()
          .println(
              String.format(
                  Locale.ROOT,
                  "| %s | %.2f MiB | %.2f MiB | %.0f ms | %.0f ms |",
                  bytes >> 40 > 0 ? (bytes >> 40) + " TiB" : (bytes >> 30) + " GiB",
                  f.requiredBytes() / (double) (1 << 20),
                  f.memoryBytes() / (double) (1 << 20),
                  f.firstNanos() / 1e6,
                  f.medianNanos() / 1e6));
      parent.out().flush();
    }
    return 0;
  }
}
