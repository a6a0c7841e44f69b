// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.agent.partition.InspectPartition;
import io.meikyo.cluster.process.FoundAgain;
import io.meikyo.core.base.Json;
import io.meikyo.core.format.Finding;
import io.meikyo.core.format.PartitionReading;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code meikyo partition inspect}. */
@Command(
    name = "inspect",
    description = "Describes a cluster partition. Reads only; also while it is in use.")
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class PartitionInspectCommand implements Callable<Integer> {
  @ParentCommand private PartitionCommand parent;

  @Parameters(paramLabel = "CLUSTER-PARTITION", description = "Partition, volume or file.")
  private Path path;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Option(
      names = "--configuration",
      description = {
        "Print the cluster's configuration (meikyo.toml) that the partition carries, and nothing",
        "else. Exit status 1 if it carries none."
      })
  private boolean configuration;

  @Override
  public Integer call() {
    InspectPartition.Result result = PartitionCommand.attempt(() -> InspectPartition.inspect(path));
    if (configuration) {
      return carried();
    }
    if (json) {
      parent.out().println(Json.of(PartitionJson.of(result, parent)));
    } else {
      var texts = parent.texts();
      result.description().forEach(line -> parent.out().println(texts.render(line).message()));
      parent.print(result.reading().findings().stream().map(Finding::notice).toList());
    }
    parent.out().flush();
    return result.reading() instanceof PartitionReading.Loaded ? 0 : Main.FAILED;
  }

  private int carried() {
    try {
      parent.out().print(FoundAgain.text(path));
      parent.out().flush();
      return 0;
    } catch (FoundAgain.Refused e) {
      throw new CommandFailed(e.notice());
    }
  }
}
