// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.agent.config.AgentConfig;
import io.meikyo.agent.config.AgentConfigReader;
import io.meikyo.agent.config.ConfigException;
import io.meikyo.agent.process.AgentProcess;
import io.meikyo.core.notice.Notice;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code meikyo agent}: the mirror agent itself. */
@Command(
    name = "agent",
    description = {
      "Runs the mirror agent of this server until it is stopped. Its log goes to standard error.",
      "Exit status: 0 stopped, 1 could not start, 70 failed and may be started again."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class AgentCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      defaultValue = "/etc/meikyo/agent.toml",
      description = "Configuration. Default: ${DEFAULT-VALUE}.")
  private Path config;

  @Override
  public Integer call() throws InterruptedException {
    NoticeLog log = new NoticeLog(main.texts(), spec.commandLine().getErr());
    AgentConfig wanted;
    try {
      wanted = AgentConfigReader.read(config);
    } catch (ConfigException e) {
      e.notices().forEach(log);
      return Main.FAILED;
    }
    AgentProcess agent = new AgentProcess(wanted, log);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(agent), "stop"));
    try {
      agent.run();
      return 0;
    } catch (AgentProcess.CannotStart e) {
      Notice notice = e.notice();
      log.accept(notice);
      return Main.FAILED;
    }
  }

  /** On a signal: an end in good order is no failure, whatever the signal was. */
  private static void stop(AgentProcess agent) {
    try {
      if (agent.stop()) {
        Runtime.getRuntime().halt(0);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
