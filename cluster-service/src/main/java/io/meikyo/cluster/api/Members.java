// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import io.meikyo.cluster.api.HttpSeam.Response;
import io.meikyo.cluster.node.NodeDriver;
import io.meikyo.core.cluster.ClusterNotice;
import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.Command;
import io.meikyo.core.cluster.ConfigState;
import io.meikyo.core.cluster.DiskState;
import io.meikyo.core.cluster.Health;
import io.meikyo.core.cluster.MemberRole;
import io.meikyo.core.cluster.ServerState;
import io.meikyo.core.notice.Notice;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Who is a member. Any thread. */
final class Members {
  private static final long ANSWER_SECONDS = 10;

  private final String self;
  private final NodeDriver node;

  Members(String self, NodeDriver node) {
    this.self = self;
    this.node = node;
  }

  Response admit(Call c) throws InterruptedException, ExecutionException, TimeoutException {
    MemberRole role =
        "witness".equals(c.parameter("role")) ? MemberRole.WITNESS : MemberRole.SERVER;
    Command admit = new Command.Admit(c.need("name"), role, c.number("incarnation", 1));
    return c.answer(node.ask(admit).get(ANSWER_SECONDS, TimeUnit.SECONDS));
  }

  /**
   * Removes a member for good; its vote goes as soon as the leader has seen it. Refused, unless
   * forced, if those that are left could then decide nothing, or would have no good copy of a
   * mirror disk.
   */
  Response expel(Call c) throws InterruptedException, ExecutionException, TimeoutException {
    String name = c.in("server");
    ClusterState now = node.view().state();
    if (now.server(name) == null) {
      return c.refused(Notice.of(ClusterNotice.UNKNOWN_SERVER, name));
    }
    if (name.equals(self)) {
      return c.refused(Notice.of(ApiNotice.EXPEL_SELF, name));
    }
    if (!c.flag("force")) {
      Notice against = against(now, name);
      if (against != null) {
        return c.refused(against);
      }
    }
    return c.answer(node.ask(new Command.Expel(name)).get(ANSWER_SECONDS, TimeUnit.SECONDS));
  }

  private @Nullable Notice against(ClusterState now, String name) {
    List<String> left =
        now.servers().values().stream()
            .map(ServerState::name)
            .filter(s -> !s.equals(name))
            .toList();
    long up =
        left.stream()
            .filter(s -> s.equals(self) || node.view().health().get(s) == Health.UP)
            .count();
    if (up * 2 <= left.size()) {
      return Notice.of(ApiNotice.EXPEL_MAJORITY, name, up, left.size());
    }
    for (DiskState disk : now.disks().values()) {
      ConfigState.DiskFacts facts = now.config().disks().get(disk.name());
      int replica = facts == null ? -1 : facts.replicaOf(name);
      if (replica >= 0 && disk.record().inSyncMask() == 1 << replica) {
        return Notice.of(ApiNotice.EXPEL_LAST_COPY, name, disk.name());
      }
    }
    return null;
  }
}
