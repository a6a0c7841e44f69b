// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import io.meikyo.core.base.Invariant;

/**
 * The limits of a server. What is beyond them waits in the client's socket (TCP back-pressure).
 *
 * <p>Writes have their own limits, so that reads pass while many writes wait at a held device (rule
 * R15). A write beyond them stops its connection, the reads behind it too: the bytes of a write
 * come before the next request, and somewhere they must go.
 *
 * @param connectionsMax connections of the server; more are closed at once
 * @param writesMax writes, zeroes, trims and flushes under way per connection
 * @param writeBytesMax bytes of writes under way per connection
 * @param readsMax reads and questions under way per connection
 * @param readBytesMax bytes of reads under way, or answered and not sent yet, per connection
 * @param handshakeNanos time for a handshake; a client that needs more is closed
 */
public record Limits(
    int connectionsMax,
    int writesMax,
    int writeBytesMax,
    int readsMax,
    int readBytesMax,
    long handshakeNanos) {
  /** For a server of one or a few mirror disks. */
  public static final Limits USUAL = new Limits(32, 512, 16 << 20, 512, 16 << 20, 10_000_000_000L);

  /** Checks that one request of the largest part fits. */
  public Limits {
    Invariant.check(connectionsMax > 0 && writesMax > 0 && readsMax > 0, "limits are positive");
    Invariant.check(handshakeNanos > 0, "a handshake has time", handshakeNanos);
  }
}
