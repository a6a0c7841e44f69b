// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.cluster.config.Monitor;
import io.meikyo.core.notice.Notice;
import org.jspecify.annotations.Nullable;

/**
 * One monitor at work: when it looks next, how it was the last time, and its ladder. Pure; times in
 * ns.
 */
final class Watch {
  final Monitor monitor;
  final MonitorLadder ladder;
  private boolean looking;
  private boolean on;
  private long nextAt;
  boolean well = true;
  boolean known;

  /** The group that is to go elsewhere because of it; null if none is. */
  @Nullable String asked;

  @Nullable Notice said;

  Watch(Monitor monitor) {
    this.monitor = monitor;
    this.ladder = new MonitorLadder(monitor);
  }

  /** True if it should look now. */
  boolean due(boolean wanted, long now) {
    if (!wanted) {
      on = false;
      known = false;
      well = true;
      return false;
    }
    if (!on) {
      on = true;
      nextAt = now + monitor.startDelay();
    }
    if (looking || now < nextAt) {
      return false;
    }
    looking = true;
    return true;
  }

  /** A look ended. Returns false if nobody wants to know any more. */
  boolean looked(boolean isWell, Notice what, long now) {
    looking = false;
    nextAt = now + monitor.interval();
    if (!on) {
      return false;
    }
    well = isWell;
    known = true;
    said = what;
    return true;
  }

  long deadline() {
    return on && !looking ? nextAt : Long.MAX_VALUE;
  }
}
