// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.cluster.config.ConfigReader;
import io.meikyo.cluster.pki.Authority;
import io.meikyo.cluster.pki.PkiProblem;
import io.meikyo.cluster.process.AgainNotice;
import io.meikyo.cluster.process.FoundAgain;
import io.meikyo.cluster.process.Membership;
import io.meikyo.cluster.process.ServiceNotice;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.NoticeCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code meikyo cluster init}. */
@Command(
    name = "init",
    description = {
      "Founds a cluster on this server, from its configuration; or founds again the one whose",
      "servers are all lost, from what an image of a mirror disk carries: --from-partition.",
      "If it is interrupted, run it again."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class ClusterInitCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = {
        "meikyo.toml. With --from-partition: used instead of the configuration on it, where device",
        "names or addresses have changed (meikyo partition inspect --configuration shows that one)."
      })
  private @Nullable Path config;

  @Option(names = "--server", required = true, paramLabel = "NAME", description = "This server.")
  private String server;

  @Option(names = "--cluster-id", paramLabel = "UUID", description = "Default: a new one.")
  private @Nullable UUID clusterId;

  @Option(
      names = "--from-partition",
      paramLabel = "DEVICE",
      description = {
        "A cluster partition restored from an image, or a file with one: the cluster is founded",
        "again with the ids and the configuration that it carries. The former one must run nowhere."
      })
  private @Nullable Path partition;

  @Option(
      names = "--dry-run",
      description = "With --from-partition: only show what it carries; change nothing.")
  private boolean dryRun;

  @Option(
      names = "--state",
      paramLabel = "FOLDER",
      defaultValue = "/var/lib/meikyo",
      description = "Default: ${DEFAULT-VALUE}.")
  private Path state;

  @Override
  public Integer call() throws IOException {
    Path from = partition;
    if (from != null) {
      return again(from);
    }
    Path file = config;
    if (file == null || dryRun) {
      throw new ParameterException(
          spec.commandLine(),
          dryRun ? "--dry-run goes with --from-partition" : "Missing required option: --config");
    }
    configured(file);
    return made(Membership.found(state, file, server, keys(clusterId)), CliNotice.NEXT_AFTER_INIT);
  }

  private int again(Path from) throws IOException {
    try {
      FoundAgain.Found found = FoundAgain.look(from);
      found.said().forEach(this::say);
      UUID id = found.carried().cluster();
      if (clusterId != null && !clusterId.equals(id)) {
        throw new CommandFailed(Notice.of(AgainNotice.NOT_WANTED, from, id, clusterId));
      }
      Path file = config;
      if (file != null) {
        configured(file);
      } else if (found.config().server(server).isEmpty()) {
        throw new CommandFailed(Notice.of(ServiceNotice.NOT_CONFIGURED, server, from));
      }
      if (dryRun) {
        return 0;
      }
      String text = file == null ? found.carried().text() : Files.readString(file);
      if (StateFolder.keys(state).isMember()) {
        // Those of another cluster are refused before anything is written.
        UUID _ = keys(id);
      }
      FoundAgain.prepare(state, found.carried());
      Membership.Made made =
          Membership.found(state, file == null ? from : file, text, server, keys(id));
      return made(made, AgainNotice.NEXT, state);
    } catch (FoundAgain.Refused e) {
      throw new CommandFailed(e.notice());
    }
  }

  private void configured(Path file) {
    if (ConfigReader.read(file).config().flatMap(c -> c.server(server)).isEmpty()) {
      throw new CommandFailed(Notice.of(ServiceNotice.NOT_CONFIGURED, server, file));
    }
  }

  private int made(Membership.Made made, NoticeCode next, Object... values) {
    say(made.notice());
    if (made.ok()) {
      say(Notice.of(next, values));
    }
    return made.ok() ? 0 : Main.FAILED;
  }

  private void say(Notice notice) {
    PrintWriter out = spec.commandLine().getOut();
    List<String> lines = ((Main) spec.root().userObject()).texts().lines(notice);
    lines.forEach(out::println);
    out.flush();
  }

  /** The authority and this server's certificate, or those of a founding that was interrupted. */
  private UUID keys(@Nullable UUID id) {
    try {
      return Authority.foundOrKeep(
              StateFolder.keys(state), id, server, InstantSource.system(), new SecureRandom())
          .cluster();
    } catch (PkiProblem e) {
      throw new CommandFailed(e.notice());
    }
  }
}
