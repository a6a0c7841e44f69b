// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import io.meikyo.core.base.Invariant;

/**
 * How long a member waits for a leader before it stands for election itself: a random time between
 * two bounds. A leader is heard at least twice in the shorter one.
 */
public record Timing(int electionMinMillis, int electionMaxMillis) {
  /** For links and processors that are not shared with other load. */
  public static final Timing FAST = new Timing(300, 600);

  /** The default: a busy processor is not taken for a dead leader. */
  public static final Timing CALM = new Timing(500, 1000);

  /** Checks the bounds. */
  public Timing {
    Invariant.check(
        electionMinMillis >= 100 && electionMaxMillis > electionMinMillis,
        "an election time of at least 100 ms, and a range of it");
  }
}
