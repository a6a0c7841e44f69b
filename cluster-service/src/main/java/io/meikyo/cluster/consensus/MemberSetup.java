// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import io.meikyo.core.consensus.Membership.Voter;
import io.meikyo.tls.Tls;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What makes one member of the replicated log.
 *
 * @param self name and incarnation, and {@code host:port} where this member listens and where the
 *     others find it
 * @param folder where its groups are kept: on the system disk, one for each incarnation
 * @param tls who this server is and whom it believes; null: the link is trusted, whoever reaches
 *     the port is believed
 * @param mayForget allows a folder that does not outlive a restart of the server; for tests
 * @param log takes lines for the service's own log; called on any thread
 * @param memberAt whose log is at {@code host:port}; null if that is not known: then any member of
 *     the cluster may answer there
 */
public record MemberSetup(
    Voter self,
    Path folder,
    Timing timing,
    @Nullable Tls tls,
    boolean mayForget,
    Consumer<String> log,
    Function<String, @Nullable String> memberAt) {

  /** Where it is not known who is at which address. */
  public MemberSetup(
      Voter self,
      Path folder,
      Timing timing,
      @Nullable Tls tls,
      boolean mayForget,
      Consumer<String> log) {
    this(self, folder, timing, tls, mayForget, log, address -> null);
  }

  /** The host to listen on. */
  String host() {
    return self.address().substring(0, self.address().lastIndexOf(':'));
  }

  /** The port to listen on. */
  int port() {
    return Integer.parseInt(
        self.address(), self.address().lastIndexOf(':') + 1, self.address().length(), 10);
  }
}
