// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code clpdown}: stops the cluster service of a server, then the server. */
@Command(
    name = "clpdown",
    description = {
      "Stops the cluster service; its groups go to another server or stop.",
      "Then the server is shut down."
    })
final class ClpDown implements Callable<Integer> {
  private final ClpContext context;

  @Option(names = "-r", description = "Start the server anew.")
  private boolean reboot;

  @Option(names = "-h", paramLabel = "HOST", description = "This server. Default: this one here.")
  private @Nullable String host;

  ClpDown(ClpContext context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    String again = Boolean.toString(reboot);
    ClpContext.Answer answer =
        host == null
            ? context.post("/v1/service/down", "reboot", again)
            : context.post("/v1/service/down", "reboot", again, "at", host);
    if (!answer.worked()) {
      context.failed(answer.said().toArray(String[]::new));
      return Clp.FAILED;
    }
    context.succeeded();
    return Clp.WORKED;
  }
}
