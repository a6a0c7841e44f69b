// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.consensus;

import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.consensus.Membership;
import java.util.Set;

/**
 * A member's state in place of the beginning of its log.
 *
 * @param seen the proposals that are in it
 */
record Saved(LogPosition at, byte[] state, Set<Entry.Key> seen, Membership voters) {
  Saved {
    seen = Set.copyOf(seen);
  }

  static final Saved NOTHING =
      new Saved(LogPosition.NONE, new byte[0], Set.of(), new Membership(java.util.List.of()));

  boolean isNothing() {
    return at.index() < 0;
  }
}
