// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.cluster.join.JoinPolicy;
import io.meikyo.cluster.node.NodeDriver;
import io.meikyo.core.cluster.ClusterNotice;
import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.Command;
import io.meikyo.core.cluster.Done;
import io.meikyo.core.cluster.MemberRole;
import io.meikyo.core.cluster.ServerState;
import io.meikyo.core.cluster.Verdict;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.notice.Notice;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Admits who has a token and is in the configuration; on the server where others join. */
final class Admission implements JoinPolicy {
  private static final long ANSWER_SECONDS = 20;

  private final String self;
  private final NodeDriver driver;
  private final Supplier<@Nullable ClusterConfig> config;

  /** Asks the cluster through this member. */
  Admission(String self, NodeDriver driver, Supplier<@Nullable ClusterConfig> config) {
    this.self = self;
    this.driver = driver;
    this.config = config;
  }

  @Override
  public synchronized JoinPolicy.Admission admit(String name) {
    ClusterConfig c = config.get();
    MemberRole role = c == null ? null : Membership.role(c, name);
    if (role == null || name.equals(self)) {
      return new JoinPolicy.Admission.Refused(Notice.of(ServiceNotice.NOT_IN_CONFIG, name));
    }
    ClusterState now = driver.view().state();
    ServerState known = now.server(name);
    Done done = now.done().get(name);
    // Whoever asks has an empty log: what a member of this name voted before is of another one.
    int incarnation = known == null ? 1 : known.incarnation() + 1;
    try {
      Verdict verdict =
          driver
              .ask(new Command.Admit(name, role, incarnation))
              .get(ANSWER_SECONDS, TimeUnit.SECONDS);
      return verdict.taken()
          ? new JoinPolicy.Admission.Welcome(
              new Welcome(
                      now.clusterId(),
                      name,
                      role,
                      now.group(),
                      incarnation,
                      done == null ? 0 : done.life(),
                      now.config().text())
                  .encode())
          : new JoinPolicy.Admission.Refused(verdict.notice());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new JoinPolicy.Admission.Refused(Notice.of(ServiceNotice.STOPPING, self));
    } catch (ExecutionException | TimeoutException e) {
      return new JoinPolicy.Admission.Refused(Notice.of(ClusterNotice.UNDECIDED));
    }
  }
}
