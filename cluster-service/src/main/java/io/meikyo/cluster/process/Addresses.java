// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.IpAddress;
import io.meikyo.core.cluster.config.Server;
import io.meikyo.core.cluster.config.Witness;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Where members are called for heartbeats. */
final class Addresses {
  private Addresses() {}

  /** Per member its addresses, best first. */
  static Map<String, List<InetSocketAddress>> of(ClusterConfig config) {
    Map<String, List<InetSocketAddress>> all = new LinkedHashMap<>();
    int port = config.ports().heartbeat();
    for (Server server : config.servers()) {
      List<InetSocketAddress> mine = new ArrayList<>();
      for (IpAddress address : server.interconnects()) {
        mine.add(new InetSocketAddress(address.toString(), port));
      }
      all.put(server.name(), mine);
    }
    if (config.witness() instanceof Witness.Voter v) {
      all.put(v.name(), List.of(InetSocketAddress.createUnresolved(v.address().host(), port)));
    }
    return all;
  }

  /** An address as it is written in the journal. */
  static InetSocketAddress parse(String text) {
    int colon = text.lastIndexOf(':');
    String host = text.substring(0, colon);
    if (host.startsWith("[")) {
      host = host.substring(1, host.length() - 1);
    }
    return new InetSocketAddress(host, Integer.parseInt(text.substring(colon + 1)));
  }
}
