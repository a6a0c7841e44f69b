// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.agent.config.AgentConfig;
import io.meikyo.agent.config.AgentConfigReader;
import io.meikyo.agent.config.ConfigException;
import io.meikyo.agent.mirror.MirrorSpec;
import io.meikyo.cli.clp.RestoreHere;
import io.meikyo.core.notice.Notice;
import io.meikyo.texts.Catalogue;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code meikyo restore …}: images in this server's partitions, whether a cluster runs or not. */
@Command(
    name = "restore",
    description = {
      "Makes images in the partitions of this server its replicas. clprestore.sh has the whole",
      "procedure; this is its middle step alone, by the mirror agent's configuration.",
      "Exit status: 0 all done, 1 a write failed (run it again), 3 an image is void,",
      "4 refused and nothing changed."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class RestoreCommand implements Runnable {
  @ParentCommand private Main main;

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  @Command(name = "check", description = "Says what would be done, or why it is refused.")
  int check(
      @Option(
              names = "--config",
              paramLabel = "FILE",
              defaultValue = "/etc/meikyo/agent.toml",
              description = "The mirror agent's configuration. Default: ${DEFAULT-VALUE}.")
          Path config,
      @Option(names = "--force", description = "As if it were given to initialise.") boolean force,
      @Parameters(paramLabel = "MIRROR", arity = "0..*", description = "Default: all of them.")
          List<String> mirrors) {
    return say(new RestoreHere(places(config, mirrors), force, false, progress()).check());
  }

  @Command(
      name = "initialise",
      description = {
        "Does it. The data are kept; the log, the maps, epoch and stamps begin anew; the replica",
        "gets this server's number. It leads and follows nobody before the other server holds the",
        "same image."
      })
  int initialise(
      @Option(
              names = "--config",
              paramLabel = "FILE",
              defaultValue = "/etc/meikyo/agent.toml",
              description = "The mirror agent's configuration. Default: ${DEFAULT-VALUE}.")
          Path config,
      @Option(
              names = "--force",
              description = {
                "Also an image of another cluster's id; also one that is void or was not taken in",
                "backup mode: the side to keep is then named with meikyo mirror activate --force."
              })
          boolean force,
      @Parameters(paramLabel = "MIRROR", arity = "0..*", description = "Default: all of them.")
          List<String> mirrors) {
    return say(new RestoreHere(places(config, mirrors), force, false, progress()).run());
  }

  private ProgressBar progress() {
    return new ProgressBar(spec.commandLine().getErr());
  }

  private int say(RestoreHere.Outcome outcome) {
    Catalogue texts = main.texts();
    boolean done = outcome.status() == RestoreHere.DONE;
    PrintWriter to = done ? spec.commandLine().getOut() : spec.commandLine().getErr();
    outcome.notices().forEach(n -> texts.lines(n).forEach(to::println));
    to.flush();
    return outcome.status();
  }

  private static List<RestoreHere.Place> places(Path file, List<String> wanted) {
    AgentConfig config;
    try {
      config = AgentConfigReader.read(file);
    } catch (ConfigException e) {
      throw new CommandFailed(e.notices().getFirst());
    }
    List<String> names = wanted == null ? List.of() : wanted;
    List<RestoreHere.Place> places = new ArrayList<>();
    for (AgentConfig.Mirror m : config.mirrors()) {
      MirrorSpec s = m.spec();
      if (names.isEmpty() || names.contains(s.name())) {
        places.add(new RestoreHere.Place(s.name(), s.data(), s.cluster(), s.identity()));
      }
    }
    for (String name : names) {
      if (places.stream().noneMatch(p -> p.mirror().equals(name))) {
        throw new CommandFailed(Notice.of(CliNotice.USAGE, name, "meikyo restore"));
      }
    }
    return places;
  }
}
