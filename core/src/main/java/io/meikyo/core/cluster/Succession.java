// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.mirror.SetRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;

/** What {@link Rules} do with the first command of a successor, and with the end of a split. */
final class Succession {
  private Succession() {}

  /** The parent's state becomes ours; what mirror disks are told from now on carries our number. */
  static Rules.Step imported(ClusterState s, Command.Import c) {
    boolean again =
        s.founded() && s.lineage().stream().anyMatch(a -> a.group().equals(c.parent().group()));
    if (again) {
      return Rules.yes(s);
    }
    if (s.founded() || !c.group().equals(s.group()) || !c.parent().founded()) {
      return Rules.no(s, ClusterNotice.FOUNDED_ALREADY, s.clusterId());
    }
    List<Ancestor> lineage = new ArrayList<>(c.parent().lineage());
    lineage.add(new Ancestor(c.parent().group(), c.end(), c.successor(), c.evidence()));
    TreeMap<String, DiskState> disks = new TreeMap<>();
    c.parent()
        .disks()
        .forEach((name, d) -> {
          SetRecord ours = d.record().in(ClusterState.authority(s.group()));
          disks.put(name, new DiskState(d.name(), d.diskId(), ours, d.forced()));
        });
    ClusterState parent = c.parent();
    return Rules.yes(
        new ClusterState(
            parent.clusterId(),
            s.group(),
            lineage,
            parent.version() + 1,
            parent.servers(),
            parent.config(),
            parent.suspension(),
            parent.backup(),
            parent.groups(),
            disks,
            parent.done()));
  }

  /** Law 4 backwards: a set must keep a member that is not the one given up. */
  static Rules.Step giveUp(ClusterState s, String proposer, Command.GiveUp c) {
    if (s.server(c.server()) == null || c.server().equals(proposer)) {
      return Rules.no(s, ClusterNotice.UNKNOWN_SERVER, c.server());
    }
    ClusterState next = s;
    for (DiskState disk : s.disks().values()) {
      ConfigState.DiskFacts facts = s.config().disks().get(disk.name());
      int replica = facts == null ? -1 : facts.replicaOf(c.server());
      if (replica < 0 || !disk.record().inSync(replica)) {
        continue;
      }
      SetRecord fewer = disk.record().without(replica);
      if (fewer.inSyncMask() == 0) {
        return Rules.no(s, ClusterNotice.SET_NOT_IN_SYNC, disk.name(), proposer);
      }
      next = next.withDisk(disk.decided(fewer));
    }
    List<Ancestor> lineage = new ArrayList<>(s.lineage());
    for (UUID group : c.groups()) {
      boolean known = lineage.stream().anyMatch(a -> a.group().equals(group));
      if (!known && !group.equals(s.group())) {
        lineage.add(new Ancestor(group, LogPosition.NONE, proposer, "given up by " + c.by()));
      }
    }
    return Rules.yes(next.withIdentity(s.clusterId(), lineage));
  }
}
