// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.agent.partition.CheckPartition;
import io.meikyo.core.base.Json;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code meikyo partition check}. */
@Command(
    name = "check",
    description = {
      "Checks cluster partitions, each one and all together. Reads only.",
      "Exit status: 0 all clean, 1 something was found, 2 wrong usage."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class PartitionCheckCommand implements Callable<Integer> {
  @ParentCommand private PartitionCommand parent;

  @Parameters(
      arity = "1..*",
      paramLabel = "CLUSTER-PARTITION",
      description = "Partitions, volumes or files.")
  private List<Path> paths;

  @Option(
      names = "--data",
      paramLabel = "PATH",
      description = "The data partition that belongs to it: its size is compared.")
  private @Nullable Path data;

  @Option(names = "--expect-cluster-id", paramLabel = "UUID", description = "It must have this.")
  private @Nullable UUID clusterId;

  @Option(names = "--expect-disk-id", paramLabel = "UUID", description = "It must have this.")
  private @Nullable UUID diskId;

  @Option(names = "--expect-replica", paramLabel = "N", description = "It must have this.")
  private @Nullable Integer replica;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() {
    var expected = new CheckPartition.Expected(clusterId, diskId, replica, data);
    List<CheckPartition.Result> results =
        PartitionCommand.attempt(() -> CheckPartition.check(paths, expected));
    if (json) {
      parent.out().println(Json.of(results.stream().map(this::toJson).toList()));
      parent.out().flush();
    } else {
      results.forEach(result -> parent.print(result.notices()));
    }
    return results.stream().allMatch(CheckPartition.Result::clean) ? 0 : Main.FAILED;
  }

  private Map<String, @Nullable Object> toJson(CheckPartition.Result result) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    map.put("path", result.path().toString());
    map.put("clean", result.clean());
    map.put("notices", result.notices().stream().map(parent::json).toList());
    return map;
  }
}
