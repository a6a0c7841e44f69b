// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code clpcfctrl}: delivers the configuration to all servers. */
@Command(name = "clpcfctrl", description = "Delivers the configuration to all servers.")
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class ClpCfCtrl implements Callable<Integer> {
  private final ClpContext context;

  @Option(names = "--push", required = true, description = "Deliver it.")
  private boolean push;

  @Option(
      names = "-x",
      paramLabel = "DIR",
      defaultValue = ".",
      description = "Folder with meikyo.toml. Default: this one.")
  private Path folder;

  @Option(names = "--force", description = "Also if a server cannot be reached now.")
  private boolean force;

  ClpCfCtrl(ClpContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    if (!push) {
      return Clp.WRONG_USAGE;
    }
    Path file = Files.isDirectory(folder) ? folder.resolve("meikyo.toml") : folder;
    if (!Files.isReadable(file)) {
      context.failed(file + " cannot be read.");
      return Clp.FAILED;
    }
    String text = Files.readString(file, StandardCharsets.UTF_8);
    ClpContext.Answer answer =
        context.order("PUT", "/v1/config", text, "force", Boolean.toString(force));
    if (!answer.worked()) {
      context.failed(answer.said().toArray(String[]::new));
      return Clp.FAILED;
    }
    answer.said().forEach(context.out()::println);
    context.succeeded();
    return Clp.WORKED;
  }
}
