// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.agent.process.RestoreMark;
import io.meikyo.cluster.join.JoinClient;
import io.meikyo.cluster.join.JoinNotice;
import io.meikyo.cluster.pki.JoinToken;
import io.meikyo.cluster.pki.PkiProblem;
import io.meikyo.cluster.process.Membership;
import io.meikyo.cluster.process.ServiceFolder;
import io.meikyo.cluster.process.ServiceNotice;
import io.meikyo.cluster.process.Welcome;
import io.meikyo.core.notice.Notice;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code meikyo cluster join}. */
@Command(
    name = "join",
    description = {
      "Takes this server into a cluster: makes its key, which stays here, and gets its certificate",
      "and the cluster's configuration. If it is interrupted, run it again with the same token."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class ClusterJoinCommand implements Callable<Integer> {
  /** Where what the cluster told its new member waits for the cluster service. */
  static final String CONFIGURATION = "joined";

  private static final String STANDARD_INPUT = "-";

  @Mixin private StateFolder folder;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "ADDRESS",
      description = {
        "HOST[:PORT] of the server where the cluster was founded: one of its interconnects. The"
            + " port",
        "is ports.join of the configuration. Default: 7704."
      })
  private String address;

  @ArgGroup(multiplicity = "1")
  private Secret secret;

  /** The token, or where it is: words of a command line can be seen by others. */
  private static final class Secret {
    @Option(
        names = "--token",
        paramLabel = "TOKEN",
        description =
            "What meikyo cluster token create printed there; - reads it from standard input.")
    private @Nullable String token;

    @Option(names = "--token-file", paramLabel = "FILE", description = "A file that holds it.")
    private @Nullable Path file;
  }

  @Option(
      names = "--server",
      paramLabel = "NAME",
      description = "Name of this server. Default: the host's name up to the first dot.")
  private @Nullable String server;

  @Option(
      names = "--restore",
      description = {
        "This server's disks are restored from an image: its mirror agent opens none of them"
            + " before",
        "clprestore.sh --post. For a cluster that was founded again from an image."
      })
  private boolean restore;

  @Override
  public Integer call() {
    Path told = folder.path().resolve(CONFIGURATION);
    try {
      boolean had = folder.keys().isMember() && Files.exists(told) && !isMember();
      if (!had) {
        String name = ServerName.of(server);
        UUID id =
            new JoinClient(folder.keys(), InstantSource.system(), new SecureRandom())
                .join(StateFolder.joinAddress(address), JoinToken.parse(token()), name, told);
        StateFolder.say(Notice.of(JoinNotice.JOINED, name, id), spec);
      }
      return become(told);
    } catch (PkiProblem e) {
      throw new CommandFailed(e.notice());
    }
  }

  private boolean isMember() {
    return Files.exists(new ServiceFolder(folder.path(), folder.path()).journal());
  }

  /** The last step, also of a joining that was interrupted after the certificate had come. */
  private int become(Path told) {
    try {
      if (restore) {
        RestoreMark.set(folder.path());
      }
      Membership.Made made =
          Membership.join(folder.path(), Welcome.decode(Files.readAllBytes(told)));
      StateFolder.say(made.notice(), spec);
      if (made.ok()) {
        Files.delete(told);
        StateFolder.say(Notice.of(CliNotice.NEXT_AFTER_JOIN), spec);
      }
      return made.ok() ? 0 : Main.FAILED;
    } catch (IOException e) {
      throw new CommandFailed(
          Notice.of(ServiceNotice.JOURNAL_BAD, told, String.valueOf(e.getMessage())));
    }
  }

  private String token() {
    Path from = secret.file;
    String word = secret.token;
    try {
      if (from != null) {
        return Files.readString(from);
      }
      if (word == null || !word.equals(STANDARD_INPUT)) {
        return String.valueOf(word);
      }
      String line =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
      return String.valueOf(line);
    } catch (IOException e) {
      throw new CommandFailed(
          Notice.of(
              CliNotice.NO_TOKEN,
              from == null ? "standard input" : from,
              String.valueOf(e.getMessage())));
    }
  }
}
