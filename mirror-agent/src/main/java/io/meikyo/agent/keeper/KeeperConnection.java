// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.keeper;

/** An agent's connection, and what it has promised. */
final class KeeperConnection {
  final int socket;

  /** Its process; -1: not known (another pid namespace, or it has not said hello). */
  int process = -1;

  /** Longest time between two beats, ns; 0: it does not beat. */
  long heartbeatNanos;

  long lastBeat;

  /** How long its mounts wait for another agent when this one is gone, ns. */
  long successorNanos = 30_000_000_000L;

  /** It was killed for not beating. */
  boolean fenced;

  KeeperConnection(int socket) {
    this.socket = socket;
  }
}
