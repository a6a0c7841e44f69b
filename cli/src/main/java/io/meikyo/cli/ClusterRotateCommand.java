// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.cluster.join.JoinClient;
import io.meikyo.cluster.pki.PkiNotice;
import io.meikyo.cluster.pki.PkiProblem;
import io.meikyo.core.notice.Notice;
import io.meikyo.tls.Credentials;
import io.meikyo.tls.TlsProblem;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code meikyo cluster rotate-certificates}. */
@Command(
    name = "rotate-certificates",
    description = {
      "Makes a new key for this server and gets a certificate for it. The processes of this server",
      "take it by themselves within seconds, without a restart; connections that stand go on."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is required
final class ClusterRotateCommand implements Callable<Integer> {
  @Mixin private StateFolder folder;

  @Spec private CommandSpec spec;

  @Option(
      names = "--at",
      paramLabel = "ADDRESS",
      description = {
        "HOST:PORT of the server where the cluster was founded. Default: where this server joined;",
        "not needed on that server itself."
      })
  private @Nullable String at;

  @Option(
      names = "--revoke-former",
      description = {
        "Also revoke this server's former certificates, since somebody else may have their key.",
        "Connections that were made with them are then ended as soon as the others know."
      })
  private boolean revokeFormer;

  @Override
  public Integer call() {
    InstantSource clock = InstantSource.system();
    String given = at;
    JoinClient client = new JoinClient(folder.keys(), clock, new SecureRandom());
    try {
      client.renew(given == null ? null : StateFolder.address(given), revokeFormer);
      Credentials fresh = Credentials.read(folder.keys().tls(), clock.instant());
      StateFolder.say(
          Notice.of(
              PkiNotice.ISSUED,
              fresh.identity().server(),
              fresh.chain().getFirst().getSerialNumber().toString(16),
              fresh.until()),
          spec);
      return 0;
    } catch (PkiProblem e) {
      throw new CommandFailed(e.notice());
    } catch (TlsProblem e) {
      throw new CommandFailed(e.notice());
    }
  }
}
