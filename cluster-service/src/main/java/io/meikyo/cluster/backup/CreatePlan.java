// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup;

import io.meikyo.cluster.node.NodeDriver;
import io.meikyo.core.cluster.BackupMode;
import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.ConfigState;
import io.meikyo.core.cluster.DiskState;
import io.meikyo.core.cluster.Health;
import io.meikyo.core.cluster.ServerState;
import io.meikyo.core.notice.Notice;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Whether a backup can be created now, and by whom: a function of what is known.
 *
 * @param chosen null: it cannot
 * @param against why it cannot
 */
record CreatePlan(@Nullable Chosen chosen, List<Notice> against) {
  /**
   * Who does it.
   *
   * @param disks mirror disks, sorted
   * @param active the server on which all of them are active
   * @param writer the server that writes the image
   * @param all servers that have a replica of any of them
   */
  record Chosen(List<String> disks, String active, String writer, List<String> all) {}

  private static CreatePlan not(Notice... why) {
    return new CreatePlan(null, List.of(why));
  }

  /**
   * Chooses.
   *
   * @param wanted mirror disks; empty: all
   * @param on the server that is to write; empty: a standby
   */
  static CreatePlan of(String self, NodeDriver.View view, Collection<String> wanted, String on) {
    ClusterState state = view.state();
    ServerState me = state.server(self);
    if (me == null || !me.running() || !view.fresh()) {
      return not(Notice.of(CreateNotice.NOT_READY, self));
    }
    BackupMode mode = state.backup();
    if (mode.on()) {
      return not(Notice.of(CreateNotice.BACKUP_MODE, mode.by(), mode.server()));
    }
    Set<String> disks = new TreeSet<>(wanted.isEmpty() ? state.disks().keySet() : wanted);
    if (disks.isEmpty() || !state.disks().keySet().containsAll(disks)) {
      String known = String.join(", ", state.disks().keySet());
      return not(Notice.of(CreateNotice.NO_MIRROR, String.join(", ", disks), known));
    }
    List<Notice> against = new ArrayList<>();
    Map<String, String> actives = new TreeMap<>();
    Set<String> all = new LinkedHashSet<>();
    for (String disk : disks) {
      DiskState d = state.disks().get(disk);
      ConfigState.DiskFacts facts = state.config().disks().get(disk);
      if (d == null || facts == null) {
        continue;
      }
      all.addAll(facts.replicas());
      String active = facts.serverOf(d.record().active());
      if (active == null) {
        against.add(Notice.of(CreateNotice.INACTIVE, disk));
      } else {
        actives.put(disk, active);
      }
      for (String server : facts.replicas()) {
        if ((d.record().inSyncMask() & 1 << facts.replicaOf(server)) == 0) {
          against.add(Notice.of(CreateNotice.NOT_IN_SYNC, disk, server));
        }
      }
    }
    Set<String> active = new TreeSet<>(actives.values());
    if (active.size() > 1) {
      against.add(Notice.of(CreateNotice.TWO_ACTIVES, String.join(", ", active)));
    }
    if (!against.isEmpty()) {
      return new CreatePlan(null, against);
    }
    return written(self, view, List.copyOf(disks), active.iterator().next(), all, on);
  }

  private static CreatePlan written(
      String self,
      NodeDriver.View view,
      List<String> disks,
      String active,
      Set<String> all,
      String on) {
    List<Notice> away = new ArrayList<>();
    for (String server : all) {
      if (!isUp(self, view, server)) {
        String health = String.valueOf(view.health().get(server));
        away.add(Notice.of(CreateNotice.AWAY, server, health));
      }
    }
    if (!away.isEmpty()) {
      return new CreatePlan(null, away);
    }
    ClusterState state = view.state();
    if (!on.isEmpty()) {
      for (String disk : disks) {
        if (!hasReplica(state, disk, on)) {
          return not(Notice.of(CreateNotice.NO_REPLICA, on, disk));
        }
      }
      return new CreatePlan(new Chosen(disks, active, on, List.copyOf(all)), List.of());
    }
    for (String server : all) {
      if (!server.equals(active) && disks.stream().allMatch(d -> hasReplica(state, d, server))) {
        return new CreatePlan(new Chosen(disks, active, server, List.copyOf(all)), List.of());
      }
    }
    return not(Notice.of(CreateNotice.NO_WRITER, String.join(", ", disks)));
  }

  private static boolean hasReplica(ClusterState state, String disk, String server) {
    ConfigState.DiskFacts facts = state.config().disks().get(disk);
    return facts != null && facts.replicaOf(server) >= 0;
  }

  private static boolean isUp(String self, NodeDriver.View view, String server) {
    return server.equals(self) || view.health().get(server) == Health.UP;
  }
}
