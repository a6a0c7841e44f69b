// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.cluster.api.ApiClient;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code meikyo group resource}: one resource of a group that runs. */
@Command(name = "resource", description = "Starts and stops one resource of a group that runs.")
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class GroupResourceCommand implements Runnable {
  @ParentCommand private GroupCommand group;

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  @Command(name = "start", description = "Starts it again.")
  int start(
      @Mixin ApiCall api,
      @Parameters(index = "0", paramLabel = "GROUP") String name,
      @Parameters(index = "1", paramLabel = "RESOURCE") String resource) {
    return order(api, name, resource, "start", Map.of());
  }

  @Command(
      name = "stop",
      description = {
        "Stops it; it stays stopped until it is started, or the whole group is started, or goes to",
        "another server. Monitors of it do not look meanwhile; those of the group do."
      })
  int stop(
      @Mixin ApiCall api,
      @Parameters(index = "0", paramLabel = "GROUP") String name,
      @Parameters(index = "1", paramLabel = "RESOURCE") String resource,
      @Option(names = "--force", description = "What needs it is stopped too.") boolean force) {
    Map<String, String> query = force ? ApiClient.query("force", "true") : Map.of();
    return order(api, name, resource, "stop", query);
  }

  private int order(
      ApiCall api, String name, String resource, String what, Map<String, String> query) {
    String path = "/v1/groups/" + name + "/resources/" + resource + "/" + what;
    return api.order(path, query, "", "POST", group.main(), spec);
  }
}
