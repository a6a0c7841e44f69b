// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.mirror;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;

/**
 * Where two agents that keep the deciding record themselves have it and meet about it.
 *
 * @param folder state folder of this agent
 * @param listen address for the other agent
 * @param peer addresses of the other agent, best first
 */
public record PairPlace(Path folder, InetSocketAddress listen, List<InetSocketAddress> peer) {
  /** Freezes the list. */
  public PairPlace {
    peer = List.copyOf(peer);
  }
}
