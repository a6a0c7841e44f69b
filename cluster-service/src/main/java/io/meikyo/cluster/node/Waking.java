// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.node;

import io.meikyo.core.cluster.NodeEvent;
import io.meikyo.linux.BootTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a node hears first when it has stood still. All that it knows is old then, and by that it
 * would have to take its server down at once. But if only this process stood still, the mirror
 * agent did not, and can say that nobody else may have taken over (rule R5): so its word comes
 * first.
 */
final class Waking {
  /** A thread that has taken no step for so long has stood still. */
  static final long STILL_NANOS = 1_000_000_000L;

  /**
   * So long the agent's word is waited for: it answers in a few milliseconds if it runs and the
   * machine is not starved.
   */
  static final long PATIENCE_NANOS = 250_000_000L;

  private Waking() {}

  /**
   * The events to be carried out now, in this order; never empty. One thread.
   *
   * @param event that was taken out of the queue already; null: none was there
   * @param since what the agent was asked before this instant is of no use, ns since boot
   * @param patience longest wait, ns
   */
  static List<NodeEvent> events(
      @Nullable NodeEvent event, long since, long patience, BlockingQueue<NodeEvent> more)
      throws InterruptedException {
    List<NodeEvent> all = new ArrayList<>();
    long until = BootTime.nanos() + patience;
    NodeEvent next = event;
    while (true) {
      if (next instanceof NodeEvent.Agent said && said.askedAt() >= since) {
        all.addFirst(said);
        return all;
      }
      if (next != null) {
        all.add(next);
      }
      long left = until - BootTime.nanos();
      next = left <= 0 ? more.poll() : more.poll(left, TimeUnit.NANOSECONDS);
      if (next == null) {
        return all.isEmpty() ? List.of(new NodeEvent.Tick()) : all;
      }
    }
  }
}
