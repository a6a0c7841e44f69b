// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.cluster.pki.Authority;
import io.meikyo.cluster.pki.PkiNotice;
import io.meikyo.cluster.pki.PkiProblem;
import io.meikyo.core.notice.Notice;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code meikyo cluster revoke}. */
@Command(
    name = "revoke",
    description = {
      "Takes back all certificates of a server: it was stolen, or left the cluster. Run it on the",
      "server where the cluster was founded. The others believe the server no more as soon as they",
      "have the new list: with their next certificate, or from the cluster service."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class ClusterRevokeCommand implements Callable<Integer> {
  @Mixin private StateFolder folder;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "SERVER", description = "Name of the server.")
  private String server;

  @Override
  public Integer call() {
    try {
      List<String> numbers =
          Authority.open(folder.keys(), InstantSource.system(), new SecureRandom()).revoke(server);
      StateFolder.say(Notice.of(PkiNotice.REVOKED, server, String.join(", ", numbers)), spec);
      return 0;
    } catch (PkiProblem e) {
      throw new CommandFailed(e.notice());
    }
  }
}
