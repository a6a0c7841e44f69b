// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What resources say. */
public enum ResourceNotice implements NoticeCode {
  STARTED(info("resource.started", "resource")),
  STOPPED(info("resource.stopped", "resource")),
  KILLED(warning("resource.killed", "resource")),
  RUNS(info("resource.runs", "resource")),
  RUNS_ALREADY(info("resource.runs-already", "resource")),
  RUNS_NOT(info("resource.runs-not", "resource")),
  STOPPED_ALREADY(info("resource.stopped-already", "resource")),
  TIMED_OUT(error("resource.timed-out", "resource", "step")),
  CANCELLED(warning("resource.cancelled", "resource", "step")),
  STUCK(error("resource.stuck", "resource", "step", "pid")),
  NO_PROGRAM(error("resource.no-program", "resource", "step", "why")),
  NO_USER(error("resource.no-user", "resource", "user")),
  NO_FOLDER(error("resource.no-folder", "resource", "why")),
  COMMAND_DONE(info("resource.command-done", "resource", "event", "millis")),
  COMMAND_FAILED(error("resource.command-failed", "resource", "event", "said")),
  OUTPUT(info("resource.output", "resource", "event", "text")),
  HALF_DONE(warning("resource.half-done", "resource", "event")),
  HALF_DONE_KILLED(warning("resource.half-done-killed", "resource", "process")),
  PROCESSES_LEFT(error("resource.processes-left", "resource", "processes")),
  DAEMON_ENDED(error("resource.daemon-ended", "resource", "how")),

  FIP_UP(info("resource.fip-up", "address", "link")),
  FIP_UP_ALREADY(info("resource.fip-up-already", "address", "link")),
  FIP_DOWN(info("resource.fip-down", "address")),
  FIP_DOWN_ALREADY(info("resource.fip-down-already", "address")),
  FIP_HERE(info("resource.fip-here", "address", "link")),
  FIP_NOT_HERE(info("resource.fip-not-here", "address")),
  FIP_REFUSED(error("resource.fip-refused", "address", "why")),
  FIP_NO_NETWORK(error("resource.fip-no-network", "address", "links")),
  FIP_NO_LINK(error("resource.fip-no-link", "address", "link", "links")),
  FIP_LINK_OFF(error("resource.fip-link-off", "address", "link")),
  FIP_NO_CARRIER(error("resource.fip-no-carrier", "address", "link")),
  FIP_CARRIER_MISSING(warning("resource.fip-carrier-missing", "address", "link")),
  FIP_DUPLICATE(error("resource.fip-duplicate", "address", "owner", "link")),
  FIP_FORCED(warning("resource.fip-forced", "address", "owner", "link")),
  FIP_ELSEWHERE(error("resource.fip-elsewhere", "address", "link", "wanted")),
  FIP_UNUSABLE(error("resource.fip-unusable", "address", "link")),
  FIP_NOT_ANNOUNCED(warning("resource.fip-not-announced", "address", "link", "why")),
  FIP_PUT_BACK(warning("resource.fip-put-back", "address", "other")),

  MD_ACTIVE(info("resource.md-active", "mirror", "device")),
  MD_ACTIVE_ALREADY(info("resource.md-active-already", "mirror", "device")),
  MD_STANDBY(info("resource.md-standby", "mirror")),
  MD_STANDBY_ALREADY(info("resource.md-standby-already", "mirror")),
  MD_DROPPED(info("resource.md-dropped", "mirror")),
  MD_WAITS(info("resource.md-waits", "mirror", "why")),
  MD_REFUSED(error("resource.md-refused", "mirror", "step", "said")),
  MD_NO_AGENT(error("resource.md-no-agent", "mirror", "socket", "why")),
  MD_AGENT_LOST(error("resource.md-agent-lost", "mirror", "socket", "why")),
  MD_DISK_FAILED(error("resource.md-disk-failed", "mirror")),
  MD_NO_DEVICE(error("resource.md-no-device", "mirror", "device")),
  MD_CUT_OFF(warning("resource.md-cut-off", "mirror", "device", "what")),
  MD_NOT_CUT_OFF(error("resource.md-not-cut-off", "mirror", "device", "why")),

  FS_MOUNTED(info("resource.fs-mounted", "device", "point")),
  FS_MOUNTED_ALREADY(info("resource.fs-mounted-already", "device", "point")),
  FS_UNMOUNTED(info("resource.fs-unmounted", "device", "point")),
  FS_NOT_MOUNTED(info("resource.fs-not-mounted", "device", "point")),
  FS_NO_DEVICE(error("resource.fs-no-device", "device")),
  FS_POINT_TAKEN(error("resource.fs-point-taken", "point", "source")),
  FS_ELSEWHERE(error("resource.fs-elsewhere", "device", "at", "point")),
  FS_NO_POINT(error("resource.fs-no-point", "point", "why")),
  FS_NONE(error("resource.fs-none", "device")),
  FS_OTHER_TYPE(error("resource.fs-other-type", "device", "found", "wanted")),
  FS_TYPE_REFUSED(error("resource.fs-type-refused", "device", "found")),
  FS_NOT_CHECKED(info("resource.fs-not-checked", "device")),
  FS_CHECKED(info("resource.fs-checked", "device", "said")),
  FS_CHECKED_AFTER(warning("resource.fs-checked-after", "device", "point", "said")),
  FS_DAMAGED(error("resource.fs-damaged", "device", "said")),
  FS_MOUNT_FAILED(error("resource.fs-mount-failed", "device", "point", "said")),
  FS_READ_ONLY(error("resource.fs-read-only", "point", "device")),
  FS_NOT_WRITTEN(warning("resource.fs-not-written", "point", "said")),
  FS_BUSY(warning("resource.fs-busy", "point", "users")),
  FS_USERS_ENDED(warning("resource.fs-users-ended", "point", "users")),
  FS_HELD(error("resource.fs-held", "point", "users", "said")),
  FS_STILL_USED(error("resource.fs-still-used", "point", "device", "users")),
  FS_DETACHED(warning("resource.fs-detached", "point", "said")),

  SYSTEMD_NONE(error("resource.systemd-none", "unit", "why")),
  SYSTEMD_UNKNOWN(error("resource.systemd-unknown", "unit", "state")),
  SYSTEMD_ENABLED(warning("resource.systemd-enabled", "unit")),
  SYSTEMD_ACTIVE(info("resource.systemd-active", "unit", "state")),
  SYSTEMD_INACTIVE(info("resource.systemd-inactive", "unit", "state")),
  SYSTEMD_BETWEEN(info("resource.systemd-between", "unit", "state")),
  SYSTEMD_BROKEN(error("resource.systemd-broken", "unit", "state"));

  private final Spec spec;

  ResourceNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
