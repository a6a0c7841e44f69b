// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.agent.partition.RepairPartition;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code meikyo partition repair}. */
@Command(
    name = "repair",
    description = {
      "Repairs a cluster partition as far as that is safe, and says what it changed.",
      "What is lost is replaced by the worst that it may have said, so that no wrong block is ever"
          + " taken for a right one; the peer then fills the replica again."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class PartitionRepairCommand implements Callable<Integer> {
  @ParentCommand private PartitionCommand parent;

  @Parameters(paramLabel = "CLUSTER-PARTITION", description = "Partition, volume or file.")
  private Path path;

  @Option(
      names = "--from",
      paramLabel = "COPY",
      description = "Older copy of this same partition, if both superblocks are lost.")
  private @Nullable Path copy;

  @Option(names = "--dry-run", description = "Only say what would be changed.")
  private boolean dryRun;

  @Override
  public Integer call() {
    parent.print(PartitionCommand.attempt(() -> new RepairPartition(path, copy, dryRun).run()));
    return 0;
  }
}
