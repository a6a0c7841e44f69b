// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.mirror;

import io.meikyo.core.link.Frame;
import io.meikyo.core.link.Message;

/** The way to the other replicas, as the driver uses it. For the loop's thread. */
public interface PeerPort {
  /** Queues a frame on the standing connection; nothing happens if there is none. */
  void send(int peer, Frame frame);

  /** Sends what was queued since the last call. */
  void flush();

  /** Closes the connection after what was queued, and makes a new one when it can. */
  void close(int peer, Message.Parting why);

  /** What the other side of this port is told. Never called from inside a call of the port. */
  interface Events {
    /** A connection to the peer stands; nothing was said yet. */
    void linkUp(int peer);

    /** The connection is gone. */
    void linkDown(int peer);

    /** A frame came. Its payload's memory is good until the call returns, unless it is kept. */
    void received(int peer, Frame frame);
  }
}
