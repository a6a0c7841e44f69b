// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import static io.meikyo.core.notice.NoticeCode.Spec.info;

import io.meikyo.core.notice.NoticeCode;

/** The lines of a description of a cluster partition. */
public enum InspectNotice implements NoticeCode {
  IDENTITY(info("partition.inspect-identity", "replica", "disk", "cluster")),
  SIZE(info("partition.inspect-size", "bytes", "blocks", "blockSize")),
  GRAIN(info("partition.inspect-grain", "chunk", "extent", "extents", "slots")),
  ROOM(info("partition.inspect-room", "maps", "required", "actual", "memory")),
  SEQUENCE(info("partition.inspect-sequence", "sequence", "life")),
  BLANK(info("partition.inspect-blank")),
  CONSISTENT(info("partition.inspect-consistent")),
  INCONSISTENT(info("partition.inspect-inconsistent")),
  RESTORED(info("partition.inspect-restored")),
  FAILED(info("partition.inspect-failed")),
  WAS_ACTIVE(info("partition.inspect-was-active")),
  CLEAN(info("partition.inspect-clean")),
  NOT_CLEAN(info("partition.inspect-not-clean")),
  SET(info("partition.inspect-set", "group", "epoch", "inSync", "active")),
  GENERATION(info("partition.inspect-generation", "current", "ancestors", "list")),
  NO_GENERATION(info("partition.inspect-no-generation")),
  STAMP(info("partition.inspect-stamp", "stamp", "pending")),
  PEER(info("partition.inspect-peer", "replica", "base", "next", "tracked", "proven", "at")),
  CUT(info("partition.inspect-cut", "cut", "hold", "status", "logSequence", "digest")),
  NO_CUT(info("partition.inspect-no-cut")),
  BACKUP_ON(info("partition.inspect-backup-on", "hold", "cut", "since")),
  BACKUP_OFF(info("partition.inspect-backup-off")),
  LOG(info("partition.inspect-log", "sequence", "extents")),
  DIRTY_MAP(info("partition.inspect-dirty-map", "replica", "bits", "chunks", "bytes")),
  CHANGE_MAP(info("partition.inspect-change-map", "bits", "chunks", "bytes")),
  CHANGE_MAP_PARTIAL(info("partition.inspect-change-map-partial")),
  CONFIGURATION(info("partition.inspect-configuration", "version", "bytes", "sequence")),
  NO_CONFIGURATION(info("partition.inspect-no-configuration"));

  private final Spec spec;

  InspectNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
