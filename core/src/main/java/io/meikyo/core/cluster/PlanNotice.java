// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** The reasons of the planner: the answer to "why is this group as it is". */
public enum PlanNotice implements NoticeCode {
  CATCHING_UP(info("plan.catching-up", "group")),
  AT_REST(warning("plan.at-rest", "group", "by")),
  RUNS_HERE(info("plan.runs-here", "group")),
  STARTS_HERE(info("plan.starts-here", "group")),
  STARTS_AGAIN(warning("plan.starts-again", "group")),
  STOPS_HERE(info("plan.stops-here", "group")),
  STOPPED(info("plan.stopped", "group")),
  RUNS_ELSEWHERE(info("plan.runs-elsewhere", "group", "owner")),
  OWNER_SUSPECTED(warning("plan.owner-suspected", "group", "owner")),
  OWNER_SERVICE_SILENT(warning("plan.owner-service-silent", "group", "owner")),
  OWNER_CUT_OFF(warning("plan.owner-cut-off", "group", "owner")),
  OWNER_GONE_MANUAL(error("plan.owner-gone-manual", "group", "owner")),
  OWNER_GONE_NOT_IN_SYNC(error("plan.owner-gone-not-in-sync", "group", "owner", "server")),
  OTHER_TAKES_OVER(info("plan.other-takes-over", "group", "owner", "server")),
  TAKES_OVER(warning("plan.takes-over", "group", "owner")),
  TAKES(info("plan.takes", "group")),
  OTHER_TAKES(info("plan.other-takes", "group", "server")),
  WAITS_FOR_SERVER(info("plan.waits-for-server", "group", "server")),
  WAITS_FOR_LEASE_END(info("plan.waits-for-lease-end", "group", "owner")),
  WAITS_FOR_LEASE(warning("plan.waits-for-lease", "group")),
  WAITS_FOR_GROUP(info("plan.waits-for-group", "group", "other")),
  WAITED_IN_VAIN(error("plan.waited-in-vain", "group", "other", "seconds")),
  IMAGE_WAITS(warning("plan.image-waits", "group")),
  NO_SERVER(error("plan.no-server", "group", "reasons")),
  LEASE_LOST(error("plan.lease-lost", "group")),
  DEPOSED(error("plan.deposed", "group", "owner")),
  MOVES(info("plan.moves", "group", "target")),
  MOVE_WAITS(warning("plan.move-waits", "group", "target")),
  GIVES_BACK(info("plan.gives-back", "group")),
  FAILED_GOES(warning("plan.failed-goes", "group", "target")),
  FAILED_STAYS(error("plan.failed-stays", "group", "resource")),
  FAILED_OFTEN(error("plan.failed-often", "group", "resource", "count", "seconds")),
  STUCK(error("plan.stuck", "group", "resource")),
  FAILS_BACK(info("plan.fails-back", "group", "target"));

  private final Spec spec;

  PlanNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
