// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What the process of the cluster service says. */
public enum ServiceNotice implements NoticeCode {
  NOT_A_MEMBER(error("service.not-a-member", "folder")),
  ALREADY_A_MEMBER(error("service.already-a-member", "folder", "server", "cluster")),
  NOT_CONFIGURED(error("service.not-configured", "member", "file")),
  MEMBER_MADE(info("service.member-made", "member", "cluster", "group")),
  JOURNAL_BAD(error("service.journal-bad", "file", "why")),
  SECOND_SERVICE(error("service.second", "folder")),
  CANNOT_LISTEN(error("service.cannot-listen", "address", "why")),
  FAILED(error("service.failed", "why")),
  STARTED(info("service.started", "server", "cluster")),
  STOPPING(info("service.stopping", "server")),
  STRANGER(warning("service.stranger", "from", "why")),
  NOT_BELIEVED(warning("service.not-believed", "member", "why")),
  LINKS_OPEN(warning("service.links-open")),
  AGENT_CONFIGURED(info("service.agent-configured", "file")),
  AGENT_NOT_NEEDED(info("service.agent-not-needed", "file")),
  AGENT_WAITS(warning("service.agent-waits", "mirrors")),
  AGENT_BY_HAND(warning("service.agent-by-hand", "file")),
  AGENT_ORDERED(info("service.agent-ordered", "unit", "verb")),
  AGENT_NOT_ORDERED(warning("service.agent-not-ordered", "unit", "verb", "why")),
  NOT_IN_CONFIG(error("service.not-in-config", "member")),
  CONFIG_UNREADABLE(error("service.config-unreadable", "version", "why")),
  CONFIG_IN_FORCE(info("service.config-in-force", "version")),
  CONFIG_CARRIED(info("service.config-carried", "mirror", "version")),
  CONFIG_NOT_CARRIED(warning("service.config-not-carried", "mirror", "why")),
  TASK_ENDED(info("service.task-ended", "resource", "act", "outcome", "millis")),
  TIMES_NEED_RESTART(error("service.times-need-restart", "version")),
  FIRST_CONFIG_BAD(error("service.first-config-bad", "file", "errors")),
  WITNESS_SEEN(info("service.witness-seen", "url", "incarnation")),
  WITNESS_NEW(warning("service.witness-new", "url", "incarnation")),
  WITNESS_SILENT(warning("service.witness-silent", "url", "why")),
  VOTER_ADDED(info("service.voter-added", "voter")),
  VOTER_NOT_ADDED(warning("service.voter-not-added", "voter", "why")),
  FINAL_ACTION(warning("service.final-action", "action")),
  NOT_IN_ORDER(error("service.not-in-order", "command", "why")),
  BROKEN(error("service.broken", "why")),
  EVENTS_NOT_KEPT(warning("service.events-not-kept", "file", "why")),
  LOG_LINE(info("service.log-line", "line")),
  TASK_FAILED(warning("service.task-failed", "resource", "why"));

  private final Spec spec;

  ServiceNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
