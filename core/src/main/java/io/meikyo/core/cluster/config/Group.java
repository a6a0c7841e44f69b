// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One failover group: resources that are active together, on one server. All times in ns.
 *
 * @param name its name
 * @param startup whether it starts by itself
 * @param failover whether it goes to another server by itself
 * @param failback whether it returns by itself when a server of higher priority is back
 * @param servers the servers that may have it, highest priority first
 * @param failoverLimit most failovers by itself within the window; then it stays where it is
 * @param failoverWindow the window
 * @param waitFor groups that must be started before it
 * @param waitTimeout longest wait for them
 * @param exclusiveWith groups that are never on the same server with it
 * @param resources its resources
 */
public record Group(
    String name,
    Mode startup,
    Mode failover,
    Mode failback,
    List<String> servers,
    int failoverLimit,
    long failoverWindow,
    List<String> waitFor,
    long waitTimeout,
    List<String> exclusiveWith,
    List<Resource> resources) {

  /** Freezes the lists. */
  public Group {
    servers = List.copyOf(servers);
    waitFor = List.copyOf(waitFor);
    exclusiveWith = List.copyOf(exclusiveWith);
    resources = List.copyOf(resources);
  }

  /** The same with these resources. */
  public Group with(List<Resource> others) {
    return new Group(
        name,
        startup,
        failover,
        failback,
        servers,
        failoverLimit,
        failoverWindow,
        waitFor,
        waitTimeout,
        exclusiveWith,
        others);
  }

  /** The resource of this name in this group. */
  public Optional<Resource> resource(String resource) {
    return resources.stream().filter(r -> r.name().equals(resource)).findFirst();
  }

  /** The mirror disks that this group owns. */
  public List<String> mirrors() {
    List<String> all = new ArrayList<>(1); // asked for many times a second: no stream
    for (Resource r : resources) {
      if (r.settings() instanceof ResourceSettings.Md md) {
        all.add(md.mirror());
      }
    }
    return List.copyOf(all);
  }
}
