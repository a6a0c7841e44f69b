// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.mirror;

import io.meikyo.agent.record.RecordServer;
import io.meikyo.cluster.node.NodeDriver;
import io.meikyo.core.cluster.ClusterNotice;
import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.Command;
import io.meikyo.core.cluster.DiskState;
import io.meikyo.core.cluster.Verdict;
import io.meikyo.core.mirror.Event.Outcome;
import io.meikyo.core.mirror.SetRecord;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Decides about in-sync sets by the replicated state: what the agent of this server proposes
 * becomes a command, and what was applied is the record. Any thread.
 */
public final class RecordDesk implements RecordServer.Decider {
  private final NodeDriver node;

  /** A desk before this node. */
  public RecordDesk(NodeDriver node) {
    this.node = node;
  }

  @Override
  public @Nullable SetRecord current(UUID disk) {
    DiskState known = disk(node.view().state(), disk);
    return known == null || !node.view().fresh() ? null : known.record();
  }

  @Override
  public List<Long> former() {
    return node.view().state().formerAuthorities();
  }

  @Override
  public void propose(UUID disk, SetRecord next, RecordServer.Answer answer) {
    DiskState known = disk(node.view().state(), disk);
    if (known == null) {
      answer.ended(Outcome.REJECTED);
      return;
    }
    var _ =
        node.ask(new Command.DecideSet(known.name(), next))
            .whenComplete((verdict, failure) -> answer.ended(outcome(verdict)));
  }

  private static @Nullable Outcome outcome(@Nullable Verdict verdict) {
    if (verdict == null || verdict.saying() == ClusterNotice.UNDECIDED) {
      return null;
    }
    if (verdict.saying() == ClusterNotice.SET_WAITS_FOR_OTHERS) {
      // It is asked for again, and found when the others have asked too.
      return Outcome.UNKNOWN;
    }
    return verdict.taken() ? Outcome.COMMITTED : Outcome.REJECTED;
  }

  private static @Nullable DiskState disk(ClusterState state, UUID id) {
    return state.disks().values().stream()
        .filter(d -> d.diskId().equals(id))
        .findFirst()
        .orElse(null);
  }
}
