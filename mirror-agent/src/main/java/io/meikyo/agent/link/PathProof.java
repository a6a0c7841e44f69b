// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.link;

import io.meikyo.agent.loop.IoLoop;
import io.meikyo.linux.LinuxException;
import io.meikyo.linux.SocketAddress;
import io.meikyo.linux.Sockets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Finds out whether a path to a peer can be used, while another one is in use: several connections,
 * one after the other, must come up, each within a second. They are closed without a word, so that
 * the peer notices nothing. For the loop's thread.
 */
final class PathProof {
  private static final int PROOFS = 3;
  private static final long CONNECT_NANOS = 1_000_000_000L;
  private static final long PAUSE_NANOS = 500_000_000L;

  private final IoLoop loop;
  private final List<InetSocketAddress> paths;
  private final IntConsumer proven;
  private final Runnable none;

  /**
   * A proof that has not begun.
   *
   * @param paths best first
   * @param proven takes the number of the first path that can be used
   * @param none is run if there is none
   */
  PathProof(IoLoop loop, List<InetSocketAddress> paths, IntConsumer proven, Runnable none) {
    this.loop = loop;
    this.paths = paths;
    this.proven = proven;
    this.none = none;
  }

  void begin() {
    attempt(0, 0);
  }

  private void attempt(int path, int proofs) {
    if (path == paths.size()) {
      none.run();
      return;
    }
    Arena arena = Arena.ofAuto();
    MemorySegment there;
    int socket;
    try {
      there = SocketAddress.of(arena, paths.get(path));
      socket = Sockets.stream(SocketAddress.family(there));
    } catch (LinuxException e) {
      attempt(path + 1, 0);
      return;
    }
    IoLoop.Timer deadline = loop.at(loop.nanos() + CONNECT_NANOS, () -> loop.close(socket));
    loop.connect(
        socket,
        there,
        result -> {
          deadline.cancel();
          loop.close(socket);
          if (result < 0) {
            attempt(path + 1, 0);
          } else if (proofs + 1 < PROOFS) {
            loop.at(loop.nanos() + PAUSE_NANOS, () -> attempt(path, proofs + 1));
          } else {
            proven.accept(path);
          }
        });
  }
}
