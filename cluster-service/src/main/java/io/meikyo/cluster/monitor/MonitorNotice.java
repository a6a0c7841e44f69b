// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What monitors find. */
public enum MonitorNotice implements NoticeCode {
  TIMED_OUT(error("monitor.timed-out", "monitor", "what")),
  CANCELLED(warning("monitor.cancelled", "monitor")),
  CANNOT_LOOK(warning("monitor.cannot-look", "monitor", "why")),

  FIP_THERE(info("monitor.fip-there", "address", "link")),
  FIP_GONE(error("monitor.fip-gone", "address")),
  FIP_UNUSABLE(error("monitor.fip-unusable", "address", "link")),
  NIC_UP(info("monitor.nic-up", "link")),
  NIC_DOWN(error("monitor.nic-down", "link")),
  NIC_OFF(error("monitor.nic-off", "link")),
  NIC_NONE(error("monitor.nic-none", "link", "links")),
  PING_ANSWERED(info("monitor.ping-answered", "targets")),
  PING_PARTLY(warning("monitor.ping-partly", "silent", "targets")),
  PING_SILENT(error("monitor.ping-silent", "silent")),
  DISK_OK(info("monitor.disk-ok", "path", "millis")),
  DISK_FAILED(error("monitor.disk-failed", "path", "said")),
  DISK_HANGS(error("monitor.disk-hangs", "path", "pid", "seconds")),
  PROCESS_OK(info("monitor.process-ok", "what", "count")),
  PROCESS_FEW(error("monitor.process-few", "what", "count", "min")),
  PROCESS_MANY(error("monitor.process-many", "what", "count", "max")),
  SCRIPT_OK(info("monitor.script-ok", "command")),
  SCRIPT_WARNS(warning("monitor.script-warns", "command", "said")),
  SCRIPT_FAILED(error("monitor.script-failed", "command", "said")),
  HTTP_OK(info("monitor.http-ok", "url", "status", "millis")),
  HTTP_STATUS(error("monitor.http-status", "url", "status", "wanted")),
  HTTP_TEXT(error("monitor.http-text", "url", "text")),
  HTTP_FAILED(error("monitor.http-failed", "url", "why")),
  PORT_OPEN(info("monitor.port-open", "address", "millis")),
  PORT_CLOSED(error("monitor.port-closed", "address", "why")),
  POSTGRES_OK(info("monitor.postgres-ok", "address", "said")),
  POSTGRES_FAILED(error("monitor.postgres-failed", "address", "said")),
  UNIT_ACTIVE(info("monitor.unit-active", "unit", "state")),
  UNIT_BETWEEN(warning("monitor.unit-between", "unit", "state")),
  UNIT_INACTIVE(error("monitor.unit-inactive", "unit", "state")),
  LINK_UP(info("monitor.link-up", "mirror", "peers")),
  LINK_PARTLY(warning("monitor.link-partly", "mirror", "gone", "there")),
  LINK_DOWN(error("monitor.link-down", "mirror", "peers")),
  MIRROR_WHOLE(info("monitor.mirror-whole", "mirror", "set")),
  MIRROR_RECOVERS(warning("monitor.mirror-recovers", "mirror", "peers", "dirty")),
  MIRROR_ALONE(warning("monitor.mirror-alone", "mirror", "peers", "dirty")),
  MIRROR_APART(warning("monitor.mirror-apart", "mirror", "peers", "outcome")),
  MIRROR_BEHIND(warning("monitor.mirror-behind", "mirror", "condition")),
  MIRROR_PEER_FAILED(warning("monitor.mirror-peer-failed", "mirror", "peers")),
  MIRROR_DISK_FAILED(error("monitor.mirror-disk-failed", "mirror")),
  AGENT_GONE(error("monitor.agent-gone", "mirror", "socket", "why"));

  private final Spec spec;

  MonitorNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
