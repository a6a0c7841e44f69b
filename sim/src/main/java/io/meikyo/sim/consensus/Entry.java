// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.consensus;

import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.consensus.Membership;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a simulated log: a command, the voters from here on, or nothing.
 *
 * @param key the proposal it came by; null if it is no command
 */
record Entry(
    LogPosition at, @Nullable Key key, byte @Nullable [] command, @Nullable Membership voters) {

  /** A proposal: one life of one member, and a number. */
  record Key(long proposer, long number) {}
}
