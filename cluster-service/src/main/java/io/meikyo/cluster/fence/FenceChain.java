// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.fence;

import io.meikyo.cluster.exec.Limit;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.Severity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Several ways in their order: if one has not taken the server down in its time, the next. */
public final class FenceChain {
  private final List<SelfFence> ways;
  private final Duration patience;

  /**
   * A chain.
   *
   * @param ways best first
   * @param patience how long each has after it was struck
   */
  public FenceChain(List<SelfFence> ways, Duration patience) {
    this.ways = List.copyOf(ways);
    this.patience = patience;
  }

  /** Makes all ready; what they say is returned, in their order. */
  public List<Notice> arm() {
    List<Notice> said = new ArrayList<>();
    ways.forEach(way -> said.add(way.arm()));
    return said;
  }

  /** A sign of life for all. */
  public void alive() {
    ways.forEach(SelfFence::alive);
  }

  /** Milliseconds within which a sign of life must come; 0: none is needed. */
  public long aliveMillis() {
    return ways.stream()
        .mapToLong(SelfFence::aliveMillis)
        .filter(millis -> millis > 0)
        .min()
        .orElse(0);
  }

  /**
   * Takes the server down. Returns only if no way has worked in its time: then nobody feeds a
   * watchdog any more, so {@link #alive} must not be called again.
   *
   * @param notices takes what each says, before it is waited for
   */
  public void strike(Consumer<Notice> notices) {
    for (SelfFence way : ways) {
      Notice said = way.strike();
      notices.accept(said);
      if (said.severity() != Severity.ERROR) {
        boolean _ = Limit.of(patience).pause(patience);
      }
    }
  }

  /** The server may go on without them. */
  public void disarm() {
    ways.forEach(SelfFence::disarm);
  }
}
