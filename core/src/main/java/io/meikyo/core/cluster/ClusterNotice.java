// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What the rules of the cluster can say. */
public enum ClusterNotice implements NoticeCode {
  DONE(info("cluster.done")),
  NOT_FOUNDED(error("cluster.not-founded")),
  FOUNDED_ALREADY(error("cluster.founded-already", "cluster")),
  FORMER_LIFE(warning("cluster.former-life", "server")),
  TOO_OLD(warning("cluster.too-old", "server", "number")),
  UNKNOWN_SERVER(error("cluster.unknown-server", "server")),
  UNKNOWN_GROUP(error("cluster.unknown-group", "group")),
  UNKNOWN_DISK(error("cluster.unknown-disk", "disk")),
  OWNS_GROUPS(error("cluster.owns-groups", "server", "group")),
  LEASE_OPEN(error("cluster.lease-open", "server", "group")),
  CONFIG_OVERTAKEN(error("cluster.config-overtaken", "expected", "version")),
  CONFIG_IN_USE(error("cluster.config-in-use", "group", "owner")),
  SET_OVERTAKEN(warning("cluster.set-overtaken", "disk", "version")),
  SET_NOT_OWNER(error("cluster.set-not-owner", "disk", "server", "group", "owner")),
  SET_NOT_ACTIVE(error("cluster.set-not-active", "disk", "server")),
  SET_NOT_IN_SYNC(error("cluster.set-not-in-sync", "disk", "server")),
  SET_WRONG_EPOCH(error("cluster.set-wrong-epoch", "disk", "epoch")),
  SET_WAITS_FOR_OTHERS(info("cluster.set-waits-for-others", "disk")),
  SET_OTHER_GROUP(error("cluster.set-other-group", "disk")),
  GROUP_OVERTAKEN(warning("cluster.group-overtaken", "group", "epoch")),
  GROUP_HAS_OWNER(warning("cluster.group-has-owner", "group", "owner")),
  GROUP_NOT_OWNED(warning("cluster.group-not-owned", "group", "server")),
  GROUP_NOT_HERE(error("cluster.group-not-here", "group", "server")),
  GROUP_NOT_WANTED(warning("cluster.group-not-wanted", "group")),
  GROUP_NOT_IN_SYNC(error("cluster.group-not-in-sync", "group", "server")),
  GROUP_STOPPED(error("cluster.group-stopped", "group")),
  SERVER_NOT_RUNNING(error("cluster.server-not-running", "server")),
  LEASE_OVERTAKEN(warning("cluster.lease-overtaken", "server")),
  AT_REST(error("cluster.at-rest", "by")),
  UNDECIDED(error("cluster.undecided")),
  BACKUP_ON(error("cluster.backup-on", "by", "server")),
  BACKUP_SERVER_RUNS(error("cluster.backup-server-runs", "server")),
  BACKUP_OVER(error("cluster.backup-over")),
  BACKUP_NOT_ACTIVE(error("cluster.backup-not-active", "disk", "server")),
  BACKUP_NOT_IN_SYNC(error("cluster.backup-not-in-sync", "disk", "server"));

  private final Spec spec;

  ClusterNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
