// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.cluster.config.FinalAction;
import io.meikyo.core.cluster.config.Monitor;
import io.meikyo.core.notice.Notice;

/** What a {@link ClusterNode} wants done. */
public sealed interface NodeEffect {

  /** A sign of life, to every other member. */
  record SendBeat(Heartbeat beat) implements NodeEffect {}

  /** The answer to a member's sign of life. */
  record SendAnswer(String to, Heartbeat.Answer answer) implements NodeEffect {}

  /** A command for the log; its end is told as {@link NodeEvent.Answered}, exactly once. */
  record Propose(long number, Command command) implements NodeEffect {}

  /** A task with a resource; its end is told as {@link NodeEvent.TaskEnded}, exactly once. */
  record Run(String group, GroupRunner.Task task) implements NodeEffect {}

  /** A look of a monitor; its end is told as {@link NodeEvent.Looked}, exactly once. */
  record Look(Monitor monitor) implements NodeEffect {}

  /** The monitor's script; its end is told as {@link NodeEvent.ScriptEnded}, exactly once. */
  record RunScript(Monitor monitor) implements NodeEffect {}

  /** A final action on this server. */
  record Act(FinalAction action, Notice because) implements NodeEffect {}

  /** The server must go down now. */
  record LastResort(Notice because) implements NodeEffect {}

  /** Something worth a line in the log. */
  record Tell(Notice notice) implements NodeEffect {}

  /** The answer to {@link NodeEvent.Ask} or {@link NodeEvent.Serve}. */
  record Reply(long id, Verdict verdict) implements NodeEffect {}
}
