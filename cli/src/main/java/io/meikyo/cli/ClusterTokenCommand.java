// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.cluster.config.ConfigReader;
import io.meikyo.cluster.pki.Authority;
import io.meikyo.cluster.pki.JoinToken;
import io.meikyo.cluster.pki.PkiProblem;
import io.meikyo.cluster.pki.TokenStore;
import io.meikyo.cluster.process.MemberJournal;
import io.meikyo.cluster.process.ServiceFolder;
import io.meikyo.core.cluster.config.HostPort;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code meikyo cluster token create}. */
@Command(
    name = "create",
    description = {
      "Prints a token with which one member can join, once. Whoever has it can join in its place:",
      "hand it on as you would a password. Run it on the server where the cluster was founded."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class ClusterTokenCommand implements Callable<Integer> {
  private static final String UNKNOWN = "ADDRESS";

  @Mixin private StateFolder folder;

  @Spec private CommandSpec spec;

  @Option(
      names = "--valid",
      paramLabel = "TIME",
      defaultValue = "1h",
      converter = Durations.class,
      description = "How long it is good. Default: ${DEFAULT-VALUE}.")
  private Duration valid;

  @Option(
      names = "--server",
      paramLabel = "NAME",
      description = {
        "The only server that may use it. It may also take the place of the server that has this",
        "name now, whose certificates are revoked then."
      })
  private @Nullable String server;

  @Option(
      names = "--witness",
      paramLabel = "NAME",
      description = "The only witness that may use it; as --server.")
  private @Nullable String witness;

  /** {@code meikyo cluster token}. */
  @Command(
      name = "token",
      description = "Tokens to join with.",
      subcommands = ClusterTokenCommand.class)
  static final class Group implements Runnable {
    @Spec private CommandSpec spec;

    @Override
    public void run() {
      spec.commandLine().usage(spec.commandLine().getOut());
    }
  }

  @Override
  public Integer call() {
    String name = server == null ? witness : server;
    if (server != null && witness != null) {
      throw new ParameterException(spec.commandLine(), "--server or --witness, not both");
    }
    InstantSource clock = InstantSource.system();
    SecureRandom random = new SecureRandom();
    try {
      Authority authority = Authority.open(folder.keys(), clock, random);
      JoinToken token = new TokenStore(folder.keys(), clock, random).create(authority, valid, name);
      spec.commandLine().getOut().println(token.text());
      spec.commandLine().getOut().flush();
      String words = name == null ? "" : " --server " + name;
      StateFolder.say(Notice.of(CliNotice.NEXT_AFTER_TOKEN, words, address()), spec);
      return 0;
    } catch (PkiProblem e) {
      throw new CommandFailed(e.notice());
    }
  }

  /** Where the new member finds this server, as far as the configuration says it. */
  private String address() {
    ServiceFolder files = new ServiceFolder(folder.path(), folder.path());
    Path file = files.config();
    try {
      String own = MemberJournal.read(files.journal()).name();
      return ConfigReader.read(file)
          .config()
          .flatMap(c ->
              c.server(own)
                  .map(
                      s -> new HostPort(s.interconnects().getFirst(), c.ports().join()).toString()))
          .orElse(UNKNOWN);
    } catch (IOException e) {
      // Only the sentence about the next step is less exact.
      return UNKNOWN;
    }
  }
}
