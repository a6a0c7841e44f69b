// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.mirror.SetRecord;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A change that somebody wants of the replicated state. Each carries what it expects; {@link Rules}
 * refuses it if that is not so any more, so that it may come late, or twice.
 */
public sealed interface Command {

  /** Founds the cluster in an empty group. */
  record Found(UUID clusterId, String server, int incarnation) implements Command {}

  /**
   * Makes the successor of a sealed group: the first command in its log, and nothing else is taken
   * before it.
   *
   * @param parent state of the sealed group
   * @param group this group
   * @param end last entry of the parent that is in its state
   */
  record Import(ClusterState parent, UUID group, LogPosition end, String successor, String evidence)
      implements Command {}

  /** Changes nothing: whoever sees it applied has seen all that was committed before. */
  record Noop() implements Command {}

  /** A member is added, or comes back under a new incarnation. */
  record Admit(String server, MemberRole role, int incarnation) implements Command {}

  /** A member is removed for good. */
  record Expel(String server) implements Command {}

  /** The cluster service on the proposing server runs from now on, or is stopped. */
  record Running(boolean running) implements Command {}

  /** The proposing server stops in good order and owns nothing. */
  record Leave() implements Command {}

  /**
   * Puts a configuration in force.
   *
   * @param expected version that it is to replace
   * @param next its version is one more
   */
  record PutConfig(long expected, ConfigState next) implements Command {}

  /** The proposing server works with this version. */
  record ConfigApplied(long version) implements Command {}

  /** What servers do at boot. */
  record SetStartMode(List<String> servers, StartMode mode) implements Command {
    /** Freezes the list. */
    public SetStartMode {
      servers = List.copyOf(servers);
    }
  }

  /** Puts monitoring and failover to rest, or lets them go on. */
  record Suspend(boolean on, String by) implements Command {}

  /**
   * Begins backup mode: monitoring and failover rest, and nothing starts at boot.
   *
   * @param cutId the cut that every mirror disk will have; not 0
   * @param maxMillis the longest that writes may be held
   * @param disks the mirror disks, and the server on which each is active
   */
  record BeginBackup(String by, long cutId, long maxMillis, SortedMap<String, String> disks)
      implements Command {
    /** Freezes the map. */
    public BeginBackup {
      disks = Collections.unmodifiableSortedMap(new TreeMap<>(disks));
    }
  }

  /** Every mirror disk of this backup is held, at its cut. */
  record BackupStands(long cutId) implements Command {}

  /** Backup mode is over: what rested goes on, and the servers start at boot as before. */
  record EndBackup(long cutId, BackupMode.Outcome outcome) implements Command {}

  /** The operator has heard that the image of the last backup is void. */
  record ForgetVoid() implements Command {}

  /**
   * Begins the backup for which servers are shut down: nothing starts at boot any more. The cluster
   * service is stopped on all of them.
   *
   * @param cutId the cut that every mirror disk will have; not 0
   */
  record BeginOffline(String by, long cutId) implements Command {}

  /** That is over for these servers: they start at boot as before. */
  record EndOffline(List<String> servers) implements Command {
    /** Freezes the list. */
    public EndOffline {
      servers = List.copyOf(servers);
    }
  }

  /** A mirror disk's active wants its record changed; the versions are the compare-and-set. */
  record DecideSet(String disk, SetRecord next) implements Command {}

  /**
   * The operator's word that a server's replica may become active though it is not in sync.
   *
   * @param version version of the record that he saw
   */
  record Force(String disk, String server, String by, long version) implements Command {}

  /**
   * The proposing server takes a group that has no owner; or one of its own in a new epoch, so that
   * nothing it said before counts any more.
   */
  record Take(String group, long epoch, Reason why) implements Command {}

  /**
   * The proposing server takes a group from an owner that is gone.
   *
   * @param leaseEpoch of the owner, as the proposer knows it
   */
  record TakeOver(String group, long epoch, String from, long leaseEpoch, Reason why)
      implements Command {}

  /**
   * The proposing server has stopped all of a group and gives it back.
   *
   * @param failed true if it gives it back because it failed here
   * @param next where it should go; null if that is open
   */
  record Release(String group, long epoch, boolean failed, @Nullable String next, Reason why)
      implements Command {}

  /** Where a group stands on the proposing server, which owns it. */
  record Report(String group, long epoch, Phase phase, Reason why) implements Command {}

  /**
   * What the operator wants of a group.
   *
   * @param run whether it should run
   * @param where on which server; null if that is open
   */
  record Want(String group, boolean run, @Nullable String where, String by) implements Command {}

  /**
   * What the operator wants of one resource, where its group runs now.
   *
   * @param run whether it should run; if not, what needs it is stopped too
   */
  record WantResource(String group, String resource, boolean run, String by) implements Command {}

  /** These monitors rest on these servers from now on, or look again. */
  record RestMonitors(List<String> servers, List<String> monitors, boolean rest, String by)
      implements Command {
    /** Freezes the lists. */
    public RestMonitors {
      servers = List.copyOf(servers);
      monitors = List.copyOf(monitors);
    }
  }

  /**
   * The operator says that a server's line of decisions is given up after a split brain: its groups
   * count as ancestors of this one from here on, so that it joins again, and its replicas are in no
   * set any more.
   *
   * @param groups consensus groups of that server that are not in our lineage
   */
  record GiveUp(String server, List<UUID> groups, String by) implements Command {
    /** Freezes the list. */
    public GiveUp {
      groups = List.copyOf(groups);
    }
  }
}
