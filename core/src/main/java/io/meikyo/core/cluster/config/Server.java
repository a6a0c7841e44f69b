// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One server.
 *
 * @param name its name, as in every command
 * @param address its public address with the network that it is in; floating IPs of this network
 *     are put beside it
 * @param networkInterface the interface for floating IPs; null: the one that has {@code address}
 * @param interconnects addresses for heartbeats and consensus, best first; at least one
 * @param mirrorConnects addresses for the mirror's link, best first; at least one
 * @param consensus where its consensus member listens
 * @param api where its API listens for the other servers
 */
public record Server(
    String name,
    IpNetwork address,
    @Nullable String networkInterface,
    List<IpAddress> interconnects,
    List<IpAddress> mirrorConnects,
    HostPort consensus,
    HostPort api) {

  /** Freezes the lists. */
  public Server {
    interconnects = List.copyOf(interconnects);
    mirrorConnects = List.copyOf(mirrorConnects);
  }
}
