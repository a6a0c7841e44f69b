// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The configuration in force: its text, and what the rules need to know of it without reading it.
 *
 * @param version rises by one with each change; 0 before the first
 * @param text the document as the operator wrote it
 * @param groups per name
 * @param disks per name
 * @param by who put it there
 */
public record ConfigState(
    long version,
    String text,
    SortedMap<String, GroupFacts> groups,
    SortedMap<String, DiskFacts> disks,
    String by) {

  /**
   * A group.
   *
   * @param servers where it may run, best first
   * @param disks mirror disks that it needs
   * @param autoStart starts by itself
   */
  public record GroupFacts(List<String> servers, List<String> disks, boolean autoStart) {
    /** Freezes the lists. */
    public GroupFacts {
      servers = List.copyOf(servers);
      disks = List.copyOf(disks);
    }
  }

  /**
   * A mirror disk.
   *
   * @param replicas servers in the order of their replica numbers
   */
  public record DiskFacts(UUID diskId, List<String> replicas) {
    /** Freezes the list. */
    public DiskFacts {
      replicas = List.copyOf(replicas);
    }

    /** Replica number of a server; -1 if it has none. */
    public int replicaOf(String server) {
      return replicas.indexOf(server);
    }

    /** Server of a replica number; null if there is none. */
    public @Nullable String serverOf(int replica) {
      return replica >= 0 && replica < replicas.size() ? replicas.get(replica) : null;
    }
  }

  /** Before the first configuration. */
  public static final ConfigState NONE =
      new ConfigState(0, "", new TreeMap<>(), new TreeMap<>(), "");

  /** Freezes the maps. */
  public ConfigState {
    groups = Collections.unmodifiableSortedMap(new TreeMap<>(groups));
    disks = Collections.unmodifiableSortedMap(new TreeMap<>(disks));
  }

  /** Name of the group that needs this disk; null if none does. */
  public @Nullable String groupOf(String disk) {
    for (var entry : groups.entrySet()) {
      if (entry.getValue().disks().contains(disk)) {
        return entry.getKey();
      }
    }
    return null;
  }
}
