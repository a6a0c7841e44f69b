// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.cluster.api.ApiClient;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code meikyo group}: starts, stops and moves failover groups. */
@Command(
    name = "group",
    description = "Starts, stops and moves failover groups.",
    subcommands = GroupResourceCommand.class)
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class GroupCommand implements Runnable {
  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  Main main() {
    return main;
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  @Command(name = "start", description = "Starts a group, here or on the named server.")
  int start(
      @Mixin ApiCall api,
      @Parameters(paramLabel = "GROUP") String group,
      @Option(names = "--on", paramLabel = "SERVER", description = "Where.") @Nullable String on) {
    return order(api, group, "start", on);
  }

  @Command(name = "stop", description = "Stops a group where it runs.")
  int stop(@Mixin ApiCall api, @Parameters(paramLabel = "GROUP") String group) {
    return order(api, group, "stop", null);
  }

  @Command(name = "move", description = "Moves a group to another server.")
  int move(
      @Mixin ApiCall api,
      @Parameters(paramLabel = "GROUP") String group,
      @Option(
              names = "--to",
              paramLabel = "SERVER",
              description = "Where. Default: the best other.")
          @Nullable String to) {
    return order(api, group, "move", to);
  }

  private int order(ApiCall api, String group, String what, @Nullable String server) {
    Map<String, String> query = server == null ? Map.of() : ApiClient.query("server", server);
    return api.order("/v1/groups/" + group + "/" + what, query, "", "POST", main, spec);
  }
}
