// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.cover;

import java.util.List;
import java.util.Map;

/**
 * What a run over the standard seeds of the control plane must have met: every command, event,
 * effect, decision and fault, and what each of them brings about.
 *
 * <p>Not in it, since no seed lives for five minutes without the operator's word: the decision to
 * try a failed group again ({@code plan.starts-again}); a unit test has it. Met too seldom to be
 * asked for: {@code plan.waited-in-vain}, {@code plan.failed-often}, {@code node.final-action},
 * {@code node.monitor-takes-back}.
 */
public final class ControlRequired {
  /** The standard seeds are 1 to this. */
  public static final int STANDARD_SEEDS = 400;

  private static final Tally TALLY =
      new Tally(
          new String[][] {
            {
              "command/",
              "Found",
              "Import",
              "Noop",
              "Admit",
              "Expel",
              "Running",
              "Leave",
              "PutConfig",
              "ConfigApplied",
              "SetStartMode",
              "Suspend",
              "BeginBackup",
              "BackupStands",
              "EndBackup",
              "ForgetVoid",
              "BeginOffline",
              "EndOffline",
              "DecideSet",
              "Force",
              "Take",
              "TakeOver",
              "Release",
              "Report",
              "Want",
              "WantResource",
              "RestMonitors"
            },
            {
              "event/",
              "Tick",
              "Applied",
              "Voters",
              "Configured",
              "Beat",
              "BeatAnswered",
              "Answered",
              "TaskEnded",
              "Looked",
              "ScriptEnded",
              "Agent",
              "Ask",
              "Serve",
              "Carries"
            },
            {
              "effect/",
              "SendBeat",
              "SendAnswer",
              "Propose",
              "Run",
              "Look",
              "RunScript",
              "Act",
              "LastResort",
              "Tell",
              "Reply"
            },
            {"crash after/", "SendBeat", "SendAnswer", "Propose", "Run", "Look", "Tell", "Reply"},
            {
              "tell/plan.",
              "catching-up",
              "at-rest",
              "runs-here",
              "starts-here",
              "stops-here",
              "stopped",
              "runs-elsewhere",
              "owner-suspected",
              "owner-service-silent",
              "owner-cut-off",
              "owner-gone-manual",
              "owner-gone-not-in-sync",
              "other-takes-over",
              "takes-over",
              "takes",
              "other-takes",
              "waits-for-server",
              "waits-for-lease-end",
              "waits-for-lease",
              "waits-for-group",
              "no-server",
              "lease-lost",
              "deposed",
              "moves",
              "move-waits",
              "gives-back",
              "failed-goes",
              "failed-stays",
              "stuck",
              "fails-back"
            },
            {
              "tell/node.",
              "member-up",
              "member-silent",
              "leased",
              "lease-gone",
              "suspended-self",
              "fencing",
              "fenced",
              "gate-open",
              "last-resort",
              "monitor-well",
              "monitor-ill",
              "monitor-rung",
              "last-healthy",
              "definition-waits",
              "backup-void",
              "starts-after-backup",
              "stays-stopped"
            },
            {
              "verdict/",
              "DONE",
              "FORMER_LIFE",
              "TOO_OLD",
              "UNKNOWN_SERVER",
              "FOUNDED_ALREADY",
              "OWNS_GROUPS",
              "CONFIG_OVERTAKEN",
              "SET_OVERTAKEN",
              "SET_NOT_OWNER",
              "GROUP_OVERTAKEN",
              "GROUP_NOT_HERE",
              "GROUP_NOT_IN_SYNC",
              "GROUP_STOPPED",
              "LEASE_OVERTAKEN",
              "BACKUP_ON",
              "BACKUP_NOT_ACTIVE",
              "BACKUP_NOT_IN_SYNC",
              "BACKUP_SERVER_RUNS"
            },
            {
              "fault/",
              "SERVICE_KILL",
              "SERVICE_PAUSE",
              "MACHINE_PAUSE",
              "POWER_ONE",
              "POWER_ALL",
              "AGENT_KILL",
              "AGENT_PAUSE",
              "CONTROL_CUT",
              "CONTROL_CUT_ONE_WAY",
              "CONTROL_ALONE",
              "MIRROR_CUT",
              "MIRROR_CUT_ONE_WAY",
              "ALONE",
              "ALONE_STEP_BY_STEP",
              "THING_DIES",
              "OWNER_PAUSE",
              "OWNER_POWER"
            },
            {"outcome/", "Applied", "Refused", "Unknown"},
            {"set/", "ACTIVATE", "REST", "SHRINK", "EXPAND"},
            {"task/", "START", "STOP", "STOP_HARD"},
            {"task failed/", "START", "STOP", "STOP_HARD"},
            {
              "",
              "message lost",
              "message twice",
              "command applied twice",
              "nobody knows what became of a proposal",
              "told: nobody knows",
              "found running",
              "owner changes",
              "owner changes at rest, by word",
              "service said that it has stopped",
              "service said that it runs",
              "a resource stops working",
              "watchdog bites",
              "alone for longer than the budget",
              "write answered",
              "backup: stands",
              "backup: good",
              "backup: void",
              "backup: forgotten",
              "backup: deadline",
              "booted in backup mode",
              "offline: two calls",
              "offline: begun",
              "offline: refused",
              "offline: leads for the cut",
              "offline: sealed",
              "offline: the hold did not last",
              "offline: image taken",
              "offline: taken back",
              "offline: interrupted",
              "offline: forgotten",
              "offline: a server is let go",
              "offline: over",
              "offline: started by hand",
              "offline: booted, and starts nothing",
              "offline: says why",
              "offline: ended at last",
              "offline: another wants to lead",
              "offline: a word for the next boot",
              "a word for this boot counts",
              "replica: a flag goes off as void",
              "healed"
            },
          },
          20);

  private ControlRequired() {}

  /** How many counters there are to meet. */
  public static int count() {
    return TALLY.count();
  }

  /** Those that were not met, with their numbers. */
  public static List<String> missing(Map<String, Long> counters) {
    return TALLY.missing(counters);
  }
}
