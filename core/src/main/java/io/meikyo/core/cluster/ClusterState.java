// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.mirror.SetRecord;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the members of a cluster agree upon. Immutable; a few KB. Changed only by {@link
 * Rules}.
 *
 * @param clusterId never changes; {@link #NOBODY} before the cluster is founded
 * @param group the consensus group that this state belongs to
 * @param lineage the groups before it, oldest first
 * @param version rises by one with each command that changed something
 * @param servers members, per name
 * @param groups failover groups, per name
 * @param disks mirror disks, per name
 * @param done per proposer, what became of its last commands (see {@link Proposal})
 */
public record ClusterState(
    UUID clusterId,
    UUID group,
    List<Ancestor> lineage,
    long version,
    SortedMap<String, ServerState> servers,
    ConfigState config,
    Suspension suspension,
    BackupMode backup,
    SortedMap<String, GroupState> groups,
    SortedMap<String, DiskState> disks,
    SortedMap<String, Done> done) {

  /** The id of no cluster. */
  public static final UUID NOBODY = new UUID(0, 0);

  /** Freezes lists and maps. */
  public ClusterState {
    lineage = List.copyOf(lineage);
    servers = Collections.unmodifiableSortedMap(new TreeMap<>(servers));
    groups = Collections.unmodifiableSortedMap(new TreeMap<>(groups));
    disks = Collections.unmodifiableSortedMap(new TreeMap<>(disks));
    done = Collections.unmodifiableSortedMap(new TreeMap<>(done));
  }

  /** The state of a consensus group before its first command. */
  public static ClusterState empty(UUID group) {
    return new ClusterState(
        NOBODY,
        group,
        List.of(),
        0,
        new TreeMap<>(),
        ConfigState.NONE,
        Suspension.OFF,
        BackupMode.OFF,
        new TreeMap<>(),
        new TreeMap<>(),
        new TreeMap<>());
  }

  /** True once there is a cluster. */
  public boolean founded() {
    return !clusterId.equals(NOBODY);
  }

  /** The number by which mirror disks know a consensus group; never 0. */
  public static long authority(UUID group) {
    long id = group.getMostSignificantBits() ^ Long.rotateLeft(group.getLeastSignificantBits(), 1);
    return id == 0 ? 1 : id;
  }

  /** The numbers of all groups before this one, newest first. */
  public List<Long> formerAuthorities() {
    List<Long> former = new ArrayList<>();
    for (int i = lineage.size() - 1; i >= 0; i--) {
      former.add(authority(lineage.get(i).group()));
    }
    return former;
  }

  /** The server with this name. */
  public @Nullable ServerState server(String name) {
    return servers.get(name);
  }

  /** True if the server holds every acknowledged write of all mirror disks that the group needs. */
  public boolean inSync(String group, String server) {
    ConfigState.GroupFacts facts = config.groups().get(group);
    if (facts == null) {
      return false;
    }
    for (String name : facts.disks()) {
      DiskState disk = disks.get(name);
      ConfigState.DiskFacts shape = config.disks().get(name);
      if (disk == null || shape == null) {
        return false;
      }
      int replica = shape.replicaOf(server);
      if (replica < 0 || !mayLead(disk.record(), replica)) {
        return false;
      }
    }
    return true;
  }

  /** True if the replica is in sync, or if nobody has ever held anything. */
  static boolean mayLead(SetRecord record, int replica) {
    return record.inSync(replica) || (record.inSyncMask() == 0 && record.generation() == 0);
  }

  /** True if nothing is started, moved or recovered by itself (rule R12). */
  public boolean atRest() {
    return suspension.on() || backup.on();
  }

  /** The same without {@link #done} and version: equal if a command has changed nothing. */
  public ClusterState withoutMemory() {
    return withDone(new TreeMap<>(), 0);
  }

  // ---- changes, for the rules

  ClusterState withServer(ServerState s) {
    TreeMap<String, ServerState> next = new TreeMap<>(servers);
    next.put(s.name(), s);
    return new ClusterState(
        clusterId, group, lineage, version, next, config, suspension, backup, groups, disks, done);
  }

  ClusterState withoutServer(String name) {
    TreeMap<String, ServerState> next = new TreeMap<>(servers);
    next.remove(name);
    return new ClusterState(
        clusterId, group, lineage, version, next, config, suspension, backup, groups, disks, done);
  }

  ClusterState withGroup(GroupState g) {
    TreeMap<String, GroupState> next = new TreeMap<>(groups);
    next.put(g.name(), g);
    return withGroups(next);
  }

  ClusterState withGroups(SortedMap<String, GroupState> next) {
    return new ClusterState(
        clusterId, group, lineage, version, servers, config, suspension, backup, next, disks, done);
  }

  ClusterState withDisk(DiskState d) {
    TreeMap<String, DiskState> next = new TreeMap<>(disks);
    next.put(d.name(), d);
    return withDisks(next);
  }

  ClusterState withDisks(SortedMap<String, DiskState> next) {
    return new ClusterState(
        clusterId,
        group,
        lineage,
        version,
        servers,
        config,
        suspension,
        backup,
        groups,
        next,
        done);
  }

  ClusterState withConfig(ConfigState c) {
    return new ClusterState(
        clusterId, group, lineage, version, servers, c, suspension, backup, groups, disks, done);
  }

  ClusterState withSuspension(Suspension s) {
    return new ClusterState(
        clusterId, group, lineage, version, servers, config, s, backup, groups, disks, done);
  }

  ClusterState withBackup(BackupMode b) {
    return new ClusterState(
        clusterId, group, lineage, version, servers, config, suspension, b, groups, disks, done);
  }

  ClusterState withIdentity(UUID cluster, List<Ancestor> ancestors) {
    return new ClusterState(
        cluster,
        group,
        ancestors,
        version,
        servers,
        config,
        suspension,
        backup,
        groups,
        disks,
        done);
  }

  ClusterState withDone(SortedMap<String, Done> next, long nextVersion) {
    return new ClusterState(
        clusterId,
        group,
        lineage,
        nextVersion,
        servers,
        config,
        suspension,
        backup,
        groups,
        disks,
        next);
  }
}
