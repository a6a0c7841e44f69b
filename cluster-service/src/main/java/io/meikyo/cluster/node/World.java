// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.node;

import io.meikyo.core.cluster.GroupRunner;
import io.meikyo.core.cluster.Heartbeat;
import io.meikyo.core.cluster.NodeEvent;
import io.meikyo.core.cluster.config.FinalAction;
import io.meikyo.core.cluster.config.Monitor;
import io.meikyo.core.notice.Notice;
import java.util.function.Consumer;

/**
 * What a node acts upon. All methods return at once; what takes time is done elsewhere, and its end
 * told exactly once to the consumer, on any thread.
 */
public interface World {
  /** Sends a sign of life to every other member. */
  void beat(Heartbeat beat);

  /** Sends the answer to a member's heartbeat. */
  void answer(String to, Heartbeat.Answer answer);

  /** Begins a task with a resource. */
  void run(String group, GroupRunner.Task task, Consumer<NodeEvent> end);

  /** Lets a monitor look. */
  void look(Monitor monitor, Consumer<NodeEvent> end);

  /** Runs a monitor's script. */
  void script(Monitor monitor, Consumer<NodeEvent> end);

  /** Carries out a final action on this server. */
  void act(FinalAction action, Notice because);

  /** Takes the server down now (rule R16). */
  void lastResort(Notice because);

  /** The member's own thread has ended, against all rules: the process must end too. */
  void broken(Throwable why);

  /** Puts a line into the log. */
  void tell(Notice notice);

  /** The state or the configuration has changed: whoever shows or serves it should look. */
  void changed(NodeDriver.View view);
}
