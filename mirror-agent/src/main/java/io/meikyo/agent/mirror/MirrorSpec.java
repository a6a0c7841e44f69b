// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.mirror;

import io.meikyo.core.mirror.EngineConfig;
import io.meikyo.core.partition.Identity;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a mirror agent is told about one mirror disk.
 *
 * @param name what people call it, {@code md1}
 * @param identity who its cluster partition must be
 * @param data data partition
 * @param cluster cluster partition
 * @param listen address for the peers
 * @param peers addresses of each peer by replica number, best first
 * @param serverNames name of the server of each replica, by number
 * @param record who keeps the deciding record; null: the two agents themselves, at {@code pair}
 * @param pair where the two agents keep it; null if a keeper does
 * @param times deadlines and intervals of the engine
 */
public record MirrorSpec(
    String name,
    Identity identity,
    Path data,
    Path cluster,
    InetSocketAddress listen,
    Map<Integer, List<InetSocketAddress>> peers,
    Map<Integer, String> serverNames,
    @Nullable SocketAddress record,
    @Nullable PairPlace pair,
    EngineConfig.Times times) {

  /** Freezes the maps; somebody must keep the record. */
  public MirrorSpec {
    if ((record == null) == (pair == null)) {
      throw new IllegalArgumentException("either a keeper or the pair keeps the record");
    }
    peers = Map.copyOf(peers);
    serverNames = Map.copyOf(serverNames);
  }

  /** Name of the server of a replica, for people. */
  public String serverName(int replica) {
    return serverNames.getOrDefault(replica, "replica " + replica);
  }
}
