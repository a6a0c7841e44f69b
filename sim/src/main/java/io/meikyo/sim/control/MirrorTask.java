// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.control;

import io.meikyo.core.cluster.GroupRunner;
import java.util.function.Consumer;

/**
 * A task with a mirror disk: its agent is asked again and again until it says the role that is
 * wanted, or the time is over.
 */
final class MirrorTask {
  private static final long AGAIN = 50_000_000L;

  private final Service by;
  private final Machine m;
  private final ReplicaModel agent;
  private final GroupRunner.Task task;
  private final Consumer<Boolean> ended;
  private final long until;
  private boolean cancelled;

  MirrorTask(Service by, ReplicaModel agent, GroupRunner.Task task, Consumer<Boolean> ended) {
    this.by = by;
    this.m = by.m;
    this.agent = agent;
    this.task = task;
    this.ended = ended;
    this.until = m.local() + task.timeout();
  }

  void begin() {
    m.after(1_000_000L, this::look);
  }

  /** A task that takes it down by force has begun. */
  void cancel() {
    cancelled = true;
  }

  private void look() {
    if (by.dead) {
      return;
    }
    if (by.still()) {
      m.after(AGAIN, this::look);
      return;
    }
    if (cancelled) {
      ended.accept(false);
      return;
    }
    boolean over = m.local() >= until;
    switch (task.act()) {
      case START -> {
        if (agent.isActive()) {
          ended.accept(true);
          return;
        }
        if (agent.works() && !agent.activate()) {
          ended.accept(false);
          return;
        }
      }
      case STOP -> {
        if (agent.isAtRest()) {
          ended.accept(true);
          return;
        }
        if (agent.works()) {
          agent.rest();
        }
      }
      case STOP_HARD -> {
        if (agent.works()) {
          agent.drop();
        }
        // What is still being given back is not down: that failure is for the final action.
        if (!agent.alive() || agent.isAtRest()) {
          ended.accept(true);
          return;
        }
      }
    }
    if (over) {
      ended.accept(false);
    } else {
      m.after(AGAIN, this::look);
    }
  }
}
