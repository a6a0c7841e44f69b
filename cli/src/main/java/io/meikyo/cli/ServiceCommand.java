// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.cluster.process.ClusterProcess;
import io.meikyo.cluster.process.ServiceFolder;
import io.meikyo.texts.Catalogue;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code meikyo service}: the cluster service itself, on a server or as a witness. */
@Command(
    name = "service",
    description = {
      "Runs the cluster service of this member until it is stopped. Its log goes to standard error.",
      "Exit status: 0 stopped, 1 could not start, 70 failed and may be started again."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class ServiceCommand implements Callable<Integer> {
  private static final int BROKEN = 70;

  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  @Option(
      names = "--state",
      paramLabel = "FOLDER",
      defaultValue = "/var/lib/meikyo",
      description = "What must outlive a restart. Default: ${DEFAULT-VALUE}.")
  private Path state;

  @Option(
      names = "--run",
      paramLabel = "FOLDER",
      defaultValue = "/run/meikyo",
      description = "Sockets. Default: ${DEFAULT-VALUE}.")
  private Path run;

  @Option(
      names = "--power-off",
      paramLabel = "COMMAND",
      description =
          "Takes this server down instead of what is configured under self-fencing, and as a"
              + " monitor's final action. Default: as configured.")
  private @Nullable String powerOff;

  @Option(
      names = "--agent-unit",
      paramLabel = "UNIT",
      description =
          "The mirror agent's systemd unit: started and restarted when its configuration changes and"
              + " nothing is active on it. Default: that is left to others.")
  private @Nullable String agentUnit;

  @Option(
      names = "--may-forget",
      description = {
        "Takes a state folder that a restart of the server empties, such as one in /tmp. Only to try",
        "things out: a member that forgets its votes can lose what was decided."
      })
  private boolean mayForget;

  @Override
  public Integer call() throws InterruptedException {
    NoticeLog log = new NoticeLog(main.texts(), spec.commandLine().getErr());
    try {
      ClusterProcess service =
          new ClusterProcess(new ServiceFolder(state, run), log, powerOff, agentUnit, mayForget);
      Runtime.getRuntime().addShutdownHook(new Thread(service::stop, "stop"));
      service.run();
      return 0;
    } catch (ClusterProcess.CannotStart e) {
      Catalogue texts = main.texts();
      texts.lines(e.notice()).forEach(spec.commandLine().getErr()::println);
      spec.commandLine().getErr().flush();
      return Main.FAILED;
    } catch (IllegalStateException e) {
      spec.commandLine().getErr().println(e);
      return BROKEN;
    }
  }
}
