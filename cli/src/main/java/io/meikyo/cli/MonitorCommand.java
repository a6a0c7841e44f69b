// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code meikyo monitor}: puts single monitors to rest. */
@Command(name = "monitor", description = "Puts monitors to rest and lets them look again.")
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class MonitorCommand implements Runnable {
  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  @Command(
      name = "suspend",
      description =
          "Puts monitors to rest, until they are told to look again; also over a restart.")
  int suspend(
      @Mixin ApiCall api,
      @Parameters(paramLabel = "MONITOR", arity = "0..*", description = "Default: all.")
          @Nullable String @Nullable [] monitors,
      @Option(
              names = "--on",
              split = ",",
              paramLabel = "SERVER",
              description = "On these servers. Default: here.")
          @Nullable String @Nullable [] servers) {
    return order(api, "suspend", monitors, servers);
  }

  @Command(name = "resume", description = "Lets monitors look again.")
  int resume(
      @Mixin ApiCall api,
      @Parameters(paramLabel = "MONITOR", arity = "0..*", description = "Default: all.")
          @Nullable String @Nullable [] monitors,
      @Option(
              names = "--on",
              split = ",",
              paramLabel = "SERVER",
              description = "On these servers. Default: here.")
          @Nullable String @Nullable [] servers) {
    return order(api, "resume", monitors, servers);
  }

  private int order(
      ApiCall api,
      String what,
      @Nullable String @Nullable [] monitors,
      @Nullable String @Nullable [] servers) {
    Map<String, String> query = new LinkedHashMap<>();
    if (monitors != null && monitors.length > 0) {
      query.put("monitors", String.join(",", monitors));
    }
    if (servers != null && servers.length > 0) {
      query.put("servers", String.join(",", servers));
    }
    return api.order("/v1/monitors/" + what, query, "", "POST", main, spec);
  }
}
