// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.peer;

/**
 * The threads of connections between members. There are few, they live as long as their connection,
 * and each wakes many times a second to wait again with a limit: a thread of the system is woken by
 * the kernel alone, while a virtual one costs three more wake-ups (poller, timer, carrier).
 */
final class PeerThreads {
  /** Bytes of stack: what a handshake needs, several times over. */
  private static final long STACK_BYTES = 512 << 10;

  private PeerThreads() {}

  static Thread.Builder named(String name) {
    return Thread.ofPlatform().daemon().name(name).stackSize(STACK_BYTES);
  }
}
