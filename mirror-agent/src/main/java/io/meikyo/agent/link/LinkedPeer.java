// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.link;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@link PeerLinks} knows of one peer. For the loop's thread. */
final class LinkedPeer {
  /** The first pause before a call is made again, ns. */
  static final long PAUSE_MIN_NANOS = 50_000_000L;

  final int replica;

  /** Its addresses, best first. */
  final List<InetSocketAddress> paths;

  /** We call; else it does. */
  final boolean calls;

  @Nullable PeerConnection current;

  /** Called, and not greeted yet. */
  @Nullable PeerConnection trying;

  /** Where it is called next. */
  int path;

  /** That of a call which is not answered yet; -1: none. */
  int socket = -1;

  long pause = PAUSE_MIN_NANOS;
  @Nullable String lastTrouble;

  /** What was said last of each address: nothing is said twice. */
  final Map<InetSocketAddress, String> said = new HashMap<>();

  /** No connection is wanted. */
  boolean kept;

  /** How long the worse path is used before the next try to return, ns. */
  long returnPause;

  /** When it last returned to a better path. */
  long movedAt = Long.MIN_VALUE;

  LinkedPeer(int replica, List<InetSocketAddress> paths, boolean calls) {
    this.replica = replica;
    this.paths = paths;
    this.calls = calls;
  }
}
