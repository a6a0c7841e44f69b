// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What a member says about itself and the others. */
public enum NodeNotice implements NoticeCode {
  MEMBER_UP(info("node.member-up", "member")),
  MEMBER_SILENT(warning("node.member-silent", "member", "health")),
  LEASED(info("node.leased")),
  LEASE_GONE(warning("node.lease-gone")),
  SUSPENDED_SELF(error("node.suspended-self", "millis")),
  FENCING(error("node.fencing", "millis")),
  FENCED(warning("node.fenced")),
  GATE_OPEN(info("node.gate-open")),
  LAST_RESORT(error("node.last-resort", "millis")),
  MONITOR_WELL(info("node.monitor-well", "monitor")),
  MONITOR_ILL(warning("node.monitor-ill", "monitor")),
  MONITOR_RUNG(warning("node.monitor-rung", "monitor", "rung", "target")),
  MONITOR_TAKES_BACK(info("node.monitor-takes-back", "monitor", "group")),
  DEFINITION_WAITS(warning("node.definition-waits", "group", "resources")),
  BACKUP_VOID(error("node.backup-void", "by")),
  STARTS_AFTER_BACKUP(info("node.starts-after-backup")),
  STAYS_STOPPED(warning("node.stays-stopped", "by")),
  FINAL_ACTION(warning("node.final-action", "group", "resource", "action")),
  LAST_HEALTHY(warning("node.last-healthy", "monitor", "action"));

  private final Spec spec;

  NodeNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
