// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;

/** Where a request may be brought at this moment; advice, it may be wrong. Any thread. */
interface Routes {
  /** The engine of this process; null while there is none. */
  @Nullable RaftServer engine();

  /** Whom the engine takes for the leader, itself included; null if it knows none. */
  @Nullable RaftPeer leader();
}
