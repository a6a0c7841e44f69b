// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.cluster.config.FinalAction;
import io.meikyo.core.cluster.config.Monitor;
import io.meikyo.core.cluster.config.Monitor.Ladder;
import org.jspecify.annotations.Nullable;

/**
 * What follows when a monitor fails: script, restarts, failovers, final action, in this order, with
 * pauses that grow; healthy for a while, and it begins anew. Pure; times in ns.
 *
 * <pre>
 *   look well ───────────────────────────────▶ 0 failures in a row; after resetAfter the first rung
 *   look ill, retries left ──────────────────▶ nothing yet
 *   look ill, retries used up, pause over ───▶ the next rung
 *
 * rungs: SCRIPT × n, RESTART × n, FAILOVER × n, FINAL
 * </pre>
 */
public final class MonitorLadder {
  /** What is to be done. */
  public enum Rung {
    /** The monitor's script. */
    SCRIPT,
    /** The target is stopped and started again where it is. */
    RESTART,
    /** The target's group goes to another server. */
    FAILOVER,
    /** The final action. */
    FINAL
  }

  private final Ladder ladder;
  private final int retries;
  private final boolean hasTarget;
  private int inRow;
  private int rung;
  private long pauseUntil;
  private long healthySince;
  private boolean healthy;
  private boolean ended;

  /** The ladder of one monitor, at its foot. */
  public MonitorLadder(Monitor monitor) {
    this.ladder = monitor.ladder();
    this.retries = monitor.retries();
    this.hasTarget = monitor.recover() != null;
  }

  /** A look was well. */
  public void well(long now) {
    inRow = 0;
    if (!healthy) {
      healthy = true;
      healthySince = now;
    } else if (rung > 0 && now - healthySince >= ladder.resetAfter()) {
      rung = 0;
      ended = false;
      pauseUntil = 0;
    }
  }

  /** A look was ill. Returns what is to be done now; null if nothing. */
  public @Nullable Rung ill(long now) {
    healthy = false;
    inRow++;
    if (inRow <= retries || ended || now < pauseUntil) {
      return null;
    }
    Rung next = at(rung);
    inRow = 0;
    pauseUntil = now + pause(rung);
    rung++;
    ended = next == Rung.FINAL;
    return next == Rung.FINAL && ladder.finalAction() == FinalAction.NONE ? null : next;
  }

  private Rung at(int step) {
    int left = step;
    int scripts = ladder.script() == null ? 0 : ladder.scripts();
    if (left < scripts) {
      return Rung.SCRIPT;
    }
    left -= scripts;
    if (hasTarget) {
      if (left < ladder.restarts()) {
        return Rung.RESTART;
      }
      left -= ladder.restarts();
      if (left < ladder.failovers()) {
        return Rung.FAILOVER;
      }
    }
    return Rung.FINAL;
  }

  private long pause(int step) {
    long pause = ladder.backOff();
    for (int i = 0; i < step && pause < ladder.backOffMax(); i++) {
      pause *= 2;
    }
    return Math.min(pause, ladder.backOffMax());
  }

  /** Rungs that were used since it was healthy for long enough. */
  public int used() {
    return rung;
  }

  /** The target has begun anew elsewhere or by the operator's word: so does the ladder. */
  public void reset() {
    inRow = 0;
    rung = 0;
    pauseUntil = 0;
    ended = false;
  }
}
