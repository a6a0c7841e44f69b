// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.cluster.api.ApiClient;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code meikyo why}: the reason of a state, and what to do next. */
@Command(
    name = "why",
    description = "Says why a group, resource or monitor is as it is, and what to do next.")
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class WhyCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  @Mixin private ApiCall api;

  @Parameters(arity = "0..1", paramLabel = "NAME", description = "Default: all that is not well.")
  private @Nullable String about;

  @Override
  public Integer call() {
    Map<String, String> query = about == null ? Map.of() : ApiClient.query("about", about);
    return api.order("/v1/why", query, "", "GET", main, spec);
  }
}
