// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config;

import java.util.List;
import java.util.Optional;

/**
 * The whole configuration of a cluster.
 *
 * <p>A value that came through {@code ConfigRules} without an error keeps these promises: names are
 * unique (servers; mirror disks; groups and resources together; monitors), every name that is
 * mentioned exists, dependencies have no cycle. The lists are in the order of the file.
 *
 * @param name name of the cluster
 * @param trustedLinks true: heartbeats, calls and consensus go unencrypted, and whoever reaches the
 *     ports is believed
 * @param servers its servers; the first has the highest priority where a group says nothing else
 * @param witness the small third party, or none
 * @param arbitration who decides between two servers that lost each other
 * @param timing heartbeats and lease
 * @param selfFencing what a server does that has lost its lease
 * @param ports where the parts of a server listen
 * @param mirrors its mirror disks
 * @param groups its failover groups
 * @param monitors all monitors, also those that are made automatically
 * @param hooks scripts around the freezing of file systems
 */
public record ClusterConfig(
    String name,
    boolean trustedLinks,
    List<Server> servers,
    Witness witness,
    Arbitration arbitration,
    Timing timing,
    SelfFencing selfFencing,
    Ports ports,
    List<MirrorDisk> mirrors,
    List<Group> groups,
    List<Monitor> monitors,
    Hooks hooks) {

  /** Freezes the lists. */
  public ClusterConfig {
    servers = List.copyOf(servers);
    mirrors = List.copyOf(mirrors);
    groups = List.copyOf(groups);
    monitors = List.copyOf(monitors);
  }

  /** The server of this name. */
  public Optional<Server> server(String server) {
    return servers.stream().filter(s -> s.name().equals(server)).findFirst();
  }

  /** The names of all servers, in the order of the file. */
  public List<String> serverNames() {
    return servers.stream().map(Server::name).toList();
  }

  /** The mirror disk of this name. */
  public Optional<MirrorDisk> mirror(String mirror) {
    return mirrors.stream().filter(m -> m.name().equals(mirror)).findFirst();
  }

  /** The group of this name. */
  public Optional<Group> group(String group) {
    return groups.stream().filter(g -> g.name().equals(group)).findFirst();
  }

  /** The resource of this name, whatever its group. */
  public Optional<Resource> resource(String resource) {
    return groups.stream().flatMap(g -> g.resource(resource).stream()).findFirst();
  }

  /** The group of this name, or the group that has the resource of this name. */
  public Optional<Group> groupOf(String groupOrResource) {
    return groups.stream()
        .filter(g -> g.name().equals(groupOrResource) || g.resource(groupOrResource).isPresent())
        .findFirst();
  }

  /** The group that owns this mirror disk, by its {@code md} resource. */
  public Optional<Group> groupOfMirror(String mirror) {
    return groups.stream()
        .filter(g ->
            g.resources().stream()
                .anyMatch(r ->
                    r.settings() instanceof ResourceSettings.Md md && md.mirror().equals(mirror)))
        .findFirst();
  }

  /** The monitor of this name. */
  public Optional<Monitor> monitor(String monitor) {
    return monitors.stream().filter(m -> m.name().equals(monitor)).findFirst();
  }
}
