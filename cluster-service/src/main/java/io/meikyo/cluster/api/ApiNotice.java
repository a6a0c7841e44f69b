// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What the API says about requests. */
public enum ApiNotice implements NoticeCode {
  NO_SUCH_PATH(error("api.no-such-path", "method", "path")),
  MISSING(error("api.missing", "parameter")),
  UNKNOWN_PARAMETER(error("api.unknown-parameter", "parameter", "path", "known")),
  BAD_VALUE(error("api.bad-value", "parameter", "value", "allowed")),
  UNREACHABLE(error("api.unreachable", "server", "why")),
  BROKEN(error("api.broken", "why")),
  CONFIG_IN_FORCE(info("api.config-in-force", "version")),
  CONFIG_UNDELIVERED(error("api.config-undelivered", "servers")),
  CONFIG_NEEDS_STOP(error("api.config-needs-stop", "servers")),
  CONFIG_NEXT_START(warning("api.config-next-start", "keys")),
  CONFIG_RESTART_ALL(warning("api.config-restart-all", "keys")),
  CONFIG_NEXT_GROUP_START(warning("api.config-next-group-start", "groups")),
  NO_RESOURCE(error("api.no-resource", "resource", "group")),
  RESOURCE_NEEDED(error("api.resource-needed", "resource", "others")),
  RESOURCE_LACKS(error("api.resource-lacks", "resource", "others")),
  NO_MONITOR(error("api.no-monitor", "monitor", "known")),
  GOES_DOWN(info("api.goes-down", "server")),
  REBOOTS(info("api.reboots", "server")),
  EXPEL_SELF(error("api.expel-self", "server")),
  EXPEL_MAJORITY(error("api.expel-majority", "server", "up", "members")),
  EXPEL_LAST_COPY(error("api.expel-last-copy", "server", "disk")),
  WHY_MONITOR_RESTS(warning("api.why-monitor-rests", "monitor")),
  WHY_RESOURCE_OFF(warning("api.why-resource-off", "group", "resources")),
  WHY_CLUSTER(info("api.why-cluster", "server", "health"));

  private final Spec spec;

  ApiNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
