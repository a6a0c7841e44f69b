// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.cluster.api.ApiClient;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code meikyo cluster resolve-split}: the operator names the loser of a split brain. */
@Command(
    name = "resolve-split",
    description = {
      "Ends a split brain; run it on the server that is kept. The other one joins it again; its log",
      "is kept aside there, and its replicas are out of sync until meikyo mirror discard-peer."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class ClusterResolveSplitCommand implements Callable<Integer> {
  @ParentCommand private ClusterCommand cluster;

  @Spec private CommandSpec spec;

  @Mixin private ApiCall api;

  @Option(
      names = "--discard",
      required = true,
      paramLabel = "SERVER",
      description = "Whose decisions since the split are given up.")
  private String server;

  @Option(
      names = "--by",
      required = true,
      paramLabel = "NAME",
      description = "Who says it, for the log.")
  private String by;

  @Override
  public Integer call() {
    return api.order(
        "/v1/arbitration/discard",
        ApiClient.query("server", server, "by", by),
        "",
        "POST",
        cluster.main(),
        spec);
  }
}
