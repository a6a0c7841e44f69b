// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.mirror.Event;

/**
 * Something that an agent will see, if it lives then; if it stands still, as soon as it goes on.
 */
abstract class AgentTask extends Task {
  final Agent agent;

  AgentTask(Agent agent) {
    this.agent = agent;
  }

  @Override
  final void run() {
    if (agent.alive && arrives() && !agent.postpone(this)) {
      perform();
    }
  }

  /** At the edge of the server, even if the agent stands still: false if it is lost. */
  boolean arrives() {
    return true;
  }

  /** The agent sees it. */
  abstract void perform();

  @Override
  int code() {
    return 1 + agent.server.id;
  }

  /** Plain delivery of an event. */
  static final class Deliver extends AgentTask {
    private final Event event;

    Deliver(Agent agent, Event event) {
      super(agent);
      this.event = event;
    }

    @Override
    void perform() {
      agent.step(event);
    }
  }
}
