// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.e2e;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports of the loopback address that a test may listen on, also a while after it has chosen them.
 */
final class FreePort {
  /**
   * Below the range that Linux gives to outgoing connections: one of those would take the port
   * between the choice and its use.
   */
  private static final int FIRST = 10_000;

  private static final int PORTS = 22_000;

  /** Where this process begins to look, so that two do not choose the same. */
  private static final AtomicInteger NEXT =
      new AtomicInteger((int) (ProcessHandle.current().pid() * 101 % PORTS));

  private FreePort() {}

  static int take() throws IOException {
    for (int tries = 0; tries < PORTS; tries++) {
      int port = FIRST + Math.floorMod(NEXT.getAndIncrement(), PORTS);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (BindException e) {
        continue; // somebody listens on it: the next
      }
    }
    throw new BindException("no free port in " + PORTS + " from " + FIRST + " on");
  }
}
