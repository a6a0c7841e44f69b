// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.agent.control.ControlClient;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** What every command has that asks the mirror agent of this server. */
final class AgentCall {
  private static final Path SOCKET = Path.of("/run/meikyo/agent.sock");

  @Option(
      names = "--agent",
      paramLabel = "SOCKET",
      description =
          "Control socket. Default: $"
              + MirrorCommand.SOCKET_VARIABLE
              + ", /run/meikyo/agent.sock.")
  private @Nullable Path socket;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  boolean json() {
    return json;
  }

  private Path agent() {
    Path given = socket;
    if (given != null) {
      return given;
    }
    String variable = System.getenv(MirrorCommand.SOCKET_VARIABLE);
    return variable != null && !variable.isEmpty() ? Path.of(variable) : SOCKET;
  }

  /**
   * Asks.
   *
   * @param show true: what the agent says is printed; errors are printed in any case
   */
  ControlClient.Result ask(List<String> words, boolean show, CommandSpec spec) {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    Main main = (Main) spec.root().userObject();
    try {
      return ControlClient.ask(
          agent(),
          main.languageTag(),
          words,
          new ControlClient.Listener() {
            @Override
            public void line(String text) {
              if (show && !json) {
                out.println(text);
              }
            }

            @Override
            public void error(String text) {
              err.println(text);
            }

            @Override
            public void json(String text) {
              if (show && json) {
                out.println(text);
              }
            }
          });
    } catch (ControlClient.Silent e) {
      throw new CommandFailed(
          Notice.of(CliNotice.AGENT_SILENT, agent(), ControlClient.SILENCE_SECONDS));
    } catch (ControlClient.Lost e) {
      throw new CommandFailed(Notice.of(CliNotice.AGENT_LOST, agent()));
    } catch (IOException e) {
      throw new CommandFailed(
          Notice.of(CliNotice.NO_AGENT, agent(), String.valueOf(e.getMessage())));
    } finally {
      out.flush();
      err.flush();
    }
  }
}
