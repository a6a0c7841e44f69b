// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.cluster.api.ApiClient;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code meikyo cluster arbitrate}: the operator's word that this server goes on alone. */
@Command(
    name = "arbitrate",
    description = {
      "Says that the other server is off, and that this one goes on without it.",
      "If the other one is not off, both go on, and what they write from then on cannot be joined",
      "again: one side is given up. Look first; meikyo cluster status --json shows group and version."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class ClusterArbitrateCommand implements Callable<Integer> {
  @ParentCommand private ClusterCommand cluster;

  @Spec private CommandSpec spec;

  @Mixin private ApiCall api;

  @Option(
      names = "--i-am-sure-the-other-server-is-off",
      required = true,
      description = "You have looked at it, or cut its power.")
  private boolean sure;

  @Option(
      names = "--group",
      required = true,
      paramLabel = "UUID",
      description = "The consensus group that the status shows.")
  private UUID group;

  @Option(
      names = "--version",
      required = true,
      paramLabel = "NUMBER",
      description = "The version of the state that the status shows.")
  private long version;

  @Option(
      names = "--by",
      required = true,
      paramLabel = "NAME",
      description = "Who says it, for the log.")
  private String by;

  @Override
  public Integer call() {
    if (!sure) {
      return Main.FAILED;
    }
    Map<String, String> query =
        ApiClient.query("group", group.toString(), "version", Long.toString(version), "by", by);
    return api.order("/v1/arbitration/word", query, "", "POST", cluster.main(), spec);
  }
}
