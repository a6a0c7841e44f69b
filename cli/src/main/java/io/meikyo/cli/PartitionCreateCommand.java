// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.agent.partition.CreatePartition;
import io.meikyo.core.partition.Identity;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code meikyo partition create}. */
@Command(
    name = "create",
    description = {
      "Makes the cluster partition of a replica. The data partition is only looked at.",
      "Give the same cluster id, disk id, size and block size on every server, and another"
          + " replica number."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class PartitionCreateCommand implements Callable<Integer> {
  @ParentCommand private PartitionCommand parent;
  @Spec private CommandSpec spec;

  @Option(names = "--data", required = true, paramLabel = "PATH", description = "Data partition.")
  private Path data;

  @Option(
      names = "--cluster",
      required = true,
      paramLabel = "PATH",
      description = "Cluster partition.")
  private Path cluster;

  @Option(
      names = "--cluster-id",
      required = true,
      paramLabel = "UUID",
      description = "The cluster.")
  private UUID clusterId;

  @Option(
      names = "--disk-id",
      required = true,
      paramLabel = "UUID",
      description = "The mirror disk; the same on every server.")
  private UUID diskId;

  @Option(
      names = "--replica",
      required = true,
      paramLabel = "N",
      description = "Number of this replica, 0 to 7.")
  private int replica;

  @Option(
      names = "--replicas",
      split = ",",
      defaultValue = "0,1",
      paramLabel = "N",
      description = "All replicas of the mirror disk. Default: ${DEFAULT-VALUE}.")
  private int[] replicas;

  @Option(
      names = "--block-size",
      defaultValue = "4096",
      paramLabel = "512|4096",
      description = "Logical block size of the mirror disk. Default: ${DEFAULT-VALUE}.")
  private int blockSize;

  @Option(
      names = "--size",
      converter = Sizes.class,
      paramLabel = "SIZE",
      description = "Size of the mirror disk. Default: all of the data partition.")
  private @Nullable Long size;

  @Option(
      names = "--allocate",
      converter = Sizes.class,
      paramLabel = "SIZE",
      description = "Make both as new, fully written files; the data file of this size.")
  private @Nullable Long allocate;

  @Option(names = "--force", description = "Overwrite what is on the cluster partition.")
  private boolean force;

  @Override
  public Integer call() {
    if (blockSize != 512 && blockSize != 4096) {
      throw wrong("--block-size is 512 or 4096, not " + blockSize);
    }
    int mask = 0;
    for (int r : replicas) {
      mask |= 1 << checked(r);
    }
    Identity identity = new Identity(clusterId, diskId, checked(replica));
    var request =
        new CreatePartition.Request(
            data,
            cluster,
            identity,
            mask,
            blockSize,
            size == null ? 0 : size,
            allocate == null ? 0 : allocate,
            force);
    long life = new SecureRandom().nextLong();
    parent.print(
        PartitionCommand.attempt(
            () -> new CreatePartition(request, new ProgressBar(parent.err())).run(life)));
    return 0;
  }

  private int checked(int number) {
    if (number < 0 || number >= Identity.REPLICAS_MAX) {
      throw wrong("a replica has a number from 0 to 7, not " + number);
    }
    return number;
  }

  private ParameterException wrong(String problem) {
    return new ParameterException(spec.commandLine(), problem);
  }
}
