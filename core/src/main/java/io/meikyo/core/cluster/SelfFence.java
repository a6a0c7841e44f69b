// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.cluster.config.SelfFencing;

/**
 * What a server does with itself when it may no longer act as owner (rule R16): nothing for the
 * time in which the lease may come back, then everything it owns is taken down at once, and if that
 * does not end in time, the server itself. Pure; times in ns.
 *
 * <pre>
 *   gate open ─▶ WHOLE     closed ─▶ SUSPENDED ── suspend ──▶ FENCING ── stop ──▶ LAST_RESORT
 *                 ▲                       │ gate open            │ all down
 *                 └───────────────────────┴──────────────────────┘
 * </pre>
 */
public final class SelfFence {
  /** How far it has come. */
  public enum Stage {
    /** The gate is open. */
    WHOLE,
    /** The gate is closed; what runs still runs, its I/O is held by the mirror agent. */
    SUSPENDED,
    /** Addresses are dropped, processes killed, file systems unmounted. */
    FENCING,
    /** That took too long: the server must go down. */
    LAST_RESORT
  }

  private final SelfFencing budget;
  private Stage stage = Stage.WHOLE;
  private long since;

  /** A server whose gate is open. */
  public SelfFence(SelfFencing budget) {
    this.budget = budget;
  }

  /**
   * Looks again.
   *
   * @param gateOpen all that runs here may
   * @param allDown nothing runs here that may not
   * @param closed when the gate closed at the latest, if it is closed: a machine that stood still
   *     notices that late, and has no more time for it
   */
  public Stage look(boolean gateOpen, boolean allDown, long closed, long now) {
    boolean mayReturn = stage != Stage.FENCING || allDown;
    if ((gateOpen && mayReturn) || (stage == Stage.WHOLE && allDown)) {
      stage = Stage.WHOLE;
      return stage;
    }
    if (stage == Stage.WHOLE) {
      stage = Stage.SUSPENDED;
      since = closed;
    }
    if (stage == Stage.SUSPENDED && now - since >= budget.suspend()) {
      stage = Stage.FENCING;
    }
    if (stage == Stage.FENCING) {
      if (allDown) {
        stage = Stage.WHOLE;
      } else if (now - since >= budget.suspend() + budget.stop()) {
        stage = Stage.LAST_RESORT;
      }
    }
    return stage;
  }

  /** The stage as of the last look. */
  public Stage stage() {
    return stage;
  }

  /** When the next look is due, ns; {@link Long#MAX_VALUE} if nothing runs out. */
  public long deadline() {
    return switch (stage) {
      case SUSPENDED -> since + budget.suspend();
      case FENCING -> since + budget.suspend() + budget.stop();
      case WHOLE, LAST_RESORT -> Long.MAX_VALUE;
    };
  }

  /**
   * The longest time from the closing of the gate to the moment when nothing acts here any more.
   */
  public static long budget(SelfFencing fencing) {
    return fencing.suspend() + fencing.stop();
  }
}
