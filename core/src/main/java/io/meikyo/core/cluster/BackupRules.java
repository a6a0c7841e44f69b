// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.mirror.SetRecord;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the commands of an online backup do to the replicated state, and when they are refused. One
 * command rests monitoring and failover, and holds back what would start at boot; one ends both.
 */
final class BackupRules {
  private BackupRules() {}

  // ---- the servers are shut down for it

  static Rules.Step beginOffline(ClusterState s, Proposal p, Command.BeginOffline c) {
    BackupMode now = s.backup();
    if (now.on() || now.offline()) {
      return now.offline() && now.cutId() == c.cutId()
          ? Rules.yes(s)
          : Rules.no(s, ClusterNotice.BACKUP_ON, now.by(), now.server());
    }
    for (ServerState v : s.servers().values()) {
      if (v.role() == MemberRole.SERVER && v.running()) {
        return Rules.no(s, ClusterNotice.BACKUP_SERVER_RUNS, v.name());
      }
    }
    TreeMap<String, String> disks = new TreeMap<>();
    for (DiskState disk : s.disks().values()) {
      ConfigState.DiskFacts facts = s.config().disks().get(disk.name());
      if (facts == null || facts.replicaOf(p.proposer()) < 0) {
        return Rules.no(s, ClusterNotice.BACKUP_NOT_ACTIVE, disk.name(), p.proposer());
      }
      for (int replica = 0; replica < facts.replicas().size(); replica++) {
        if (!disk.record().inSync(replica)) {
          String behind = facts.replicas().get(replica);
          return Rules.no(s, ClusterNotice.BACKUP_NOT_IN_SYNC, disk.name(), behind);
        }
      }
      disks.put(disk.name(), p.proposer());
    }
    return Rules.yes(held(s, p, BackupMode.Stage.OFFLINE, c.by(), c.cutId(), 0, disks));
  }

  static Rules.Step endOffline(ClusterState s, Command.EndOffline c) {
    ClusterState next = s;
    for (String name : c.servers()) {
      BackupMode now = next.backup();
      StartMode former = now.offline() ? now.modes().get(name) : null;
      if (former != null) {
        ServerState known = next.server(name);
        if (known != null && known.startMode() == StartMode.HELD) {
          next = next.withServer(known.withStartMode(former));
        }
        next = next.withBackup(now.without(name));
      }
    }
    return Rules.yes(next);
  }

  /** Whoever shuts the servers down may lead a mirror disk whose group is stopped, for its cut. */
  static boolean maySeal(ClusterState s, GroupState group, String server) {
    boolean stopped = s.servers().values().stream().noneMatch(ServerState::running);
    boolean its = s.backup().offline() && s.backup().server().equals(server);
    return its && stopped && group.owner() == null;
  }

  private static ClusterState held(
      ClusterState s,
      Proposal p,
      BackupMode.Stage stage,
      String by,
      long cutId,
      long maxMillis,
      SortedMap<String, String> disks) {
    TreeMap<String, StartMode> modes = new TreeMap<>();
    ClusterState next = s;
    for (ServerState v : s.servers().values()) {
      if (v.role() == MemberRole.SERVER) {
        modes.put(v.name(), v.startMode() == StartMode.HELD ? StartMode.AUTO : v.startMode());
        next = next.withServer(v.withStartMode(StartMode.HELD));
      }
    }
    long at = p.atMillis();
    return next.withBackup(
        new BackupMode(stage, by, at, p.proposer(), p.life(), cutId, maxMillis, disks, modes));
  }

  // ---- the service keeps running

  static Rules.Step begin(ClusterState s, Proposal p, Command.BeginBackup c) {
    BackupMode now = s.backup();
    if (now.on() || now.offline()) {
      return now.on() && now.cutId() == c.cutId() && now.server().equals(p.proposer())
          ? Rules.yes(s)
          : Rules.no(s, ClusterNotice.BACKUP_ON, now.by(), now.server());
    }
    Rules.Step refused = refused(s, c.disks());
    if (refused != null) {
      return refused;
    }
    return Rules.yes(
        held(s, p, BackupMode.Stage.BEGINNING, c.by(), c.cutId(), c.maxMillis(), c.disks()));
  }

  /** All servers are there, and each mirror disk is equal on all that have it. */
  private static Rules.@Nullable Step refused(ClusterState s, Map<String, String> disks) {
    for (ServerState v : s.servers().values()) {
      if (v.role() == MemberRole.SERVER && (!v.running() || v.left())) {
        return Rules.no(s, ClusterNotice.SERVER_NOT_RUNNING, v.name());
      }
    }
    for (Map.Entry<String, String> e : disks.entrySet()) {
      DiskState disk = s.disks().get(e.getKey());
      ConfigState.DiskFacts facts = s.config().disks().get(e.getKey());
      if (disk == null || facts == null) {
        return Rules.no(s, ClusterNotice.UNKNOWN_DISK, e.getKey());
      }
      SetRecord record = disk.record();
      if (record.active() != facts.replicaOf(e.getValue()) || record.active() < 0) {
        return Rules.no(s, ClusterNotice.BACKUP_NOT_ACTIVE, disk.name(), e.getValue());
      }
      for (int replica = 0; replica < facts.replicas().size(); replica++) {
        if (!record.inSync(replica)) {
          String behind = facts.replicas().get(replica);
          return Rules.no(s, ClusterNotice.BACKUP_NOT_IN_SYNC, disk.name(), behind);
        }
      }
    }
    return null;
  }

  static Rules.Step stands(ClusterState s, Proposal p, Command.BackupStands c) {
    BackupMode now = s.backup();
    boolean same = now.cutId() == c.cutId() && now.server().equals(p.proposer());
    if (!now.on() || !same) {
      return Rules.no(s, ClusterNotice.BACKUP_OVER);
    }
    return Rules.yes(s.withBackup(now.in(BackupMode.Stage.STANDS)));
  }

  /** Said late, or twice, it does no harm: it names the backup that it ends. */
  static Rules.Step end(ClusterState s, Command.EndBackup c) {
    BackupMode now = s.backup();
    if (!(now.on() || now.offline()) || now.cutId() != c.cutId()) {
      return Rules.yes(s);
    }
    ClusterState next = s;
    for (ServerState v : s.servers().values()) {
      if (v.startMode() == StartMode.HELD) {
        StartMode former = now.modes().getOrDefault(v.name(), StartMode.AUTO);
        next = next.withServer(v.withStartMode(former));
      }
    }
    return Rules.yes(
        next.withBackup(
            now.on() && c.outcome() == BackupMode.Outcome.VOID
                ? now.in(BackupMode.Stage.VOID)
                : BackupMode.OFF));
  }

  /** The operator has heard that the image is void. */
  static Rules.Step forget(ClusterState s) {
    return Rules.yes(
        s.backup().stage() == BackupMode.Stage.VOID ? s.withBackup(BackupMode.OFF) : s);
  }
}
