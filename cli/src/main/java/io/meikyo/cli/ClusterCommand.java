// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.cluster.api.ApiClient;
import io.meikyo.cluster.api.HttpSeam;
import io.meikyo.cluster.api.JsonText;
import java.io.PrintWriter;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code meikyo cluster}: the cluster as a whole. */
@Command(
    name = "cluster",
    description = "Founds, shows and steers the cluster.",
    subcommands = {
      ClusterInitCommand.class,
      ClusterTokenCommand.Group.class,
      ClusterJoinCommand.class,
      ClusterRotateCommand.class,
      ClusterRevokeCommand.class,
      ClusterArbitrateCommand.class,
      ClusterExpelCommand.class,
      ClusterResolveSplitCommand.class
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class ClusterCommand implements Runnable {
  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  Main main() {
    return main;
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  @Command(name = "status", description = "Shows servers, groups, mirror disks and monitors.")
  int status(@Mixin ApiCall api) {
    HttpSeam.Response answer = api.ask("GET", "/v1/status", ApiClient.query("all", "1"), "", main);
    if (api.json()) {
      spec.commandLine().getOut().println(answer.json());
    } else {
      StatusPage.of(JsonText.object(answer.json())).forEach(spec.commandLine().getOut()::println);
    }
    spec.commandLine().getOut().flush();
    return answer.status() == 200 ? 0 : Main.FAILED;
  }

  @Command(
      name = "log",
      description = "Shows what all servers have said, by time; it is kept over restarts.")
  int log(
      @Mixin ApiCall api,
      @Option(
              names = "--lines",
              paramLabel = "N",
              defaultValue = "100",
              description = "The newest so many. Default: ${DEFAULT-VALUE}.")
          int lines) {
    Map<String, String> query = ApiClient.query("all", "1", "lines", Integer.toString(lines));
    HttpSeam.Response answer = api.ask("GET", "/v1/events", query, "", main);
    PrintWriter out = spec.commandLine().getOut();
    if (api.json()) {
      out.println(answer.json());
    } else {
      EventPage.of(JsonText.object(answer.json())).forEach(out::println);
    }
    out.flush();
    return answer.status() == 200 ? 0 : Main.FAILED;
  }

  @Command(name = "suspend", description = "Puts monitoring, recovery and failover to rest.")
  int suspend(@Mixin ApiCall api) {
    return api.order("/v1/cluster/suspend", Map.of(), "", "POST", main, spec);
  }

  @Command(name = "resume", description = "Lets monitoring, recovery and failover go on.")
  int resume(@Mixin ApiCall api) {
    return api.order("/v1/cluster/resume", Map.of(), "", "POST", main, spec);
  }

  @Command(
      name = "start-mode",
      description = "What servers do at boot: auto or manual. Default: all servers.")
  int startMode(
      @Mixin ApiCall api,
      @Parameters(paramLabel = "auto|manual") String mode,
      @Parameters(paramLabel = "SERVER", arity = "0..*") @Nullable String @Nullable [] servers) {
    Map<String, String> query =
        servers == null || servers.length == 0
            ? ApiClient.query("mode", mode)
            : ApiClient.query("mode", mode, "servers", String.join(",", servers));
    return api.order("/v1/cluster/start-mode", query, "", "POST", main, spec);
  }

  @Command(name = "start", description = "Starts the cluster service on a server.")
  int start(
      @Mixin ApiCall api,
      @Parameters(paramLabel = "SERVER", arity = "0..1") @Nullable String server) {
    return service(api, "start", server);
  }

  @Command(
      name = "stop",
      description = "Stops the cluster service on a server; its groups go elsewhere or stop.")
  int stop(
      @Mixin ApiCall api,
      @Parameters(paramLabel = "SERVER", arity = "0..1") @Nullable String server) {
    return service(api, "stop", server);
  }

  private int service(ApiCall api, String what, @Nullable String server) {
    Map<String, String> query = server == null ? Map.of() : ApiClient.query("at", server);
    return api.order("/v1/service/" + what, query, "", "POST", main, spec);
  }
}
