// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/**
 * What can be found in the bytes of a cluster partition. Info: harmless, part of normal life after
 * a crash. Warning: damage that is dealt with on the safe side. Error: the partition cannot be
 * used.
 */
public enum FormatNotice implements NoticeCode {
  /** One superblock was cut off while it was written; the other one is the truth. */
  SUPERBLOCK_TORN(info("partition.superblock-torn", "copy")),
  /** One superblock is damaged, and it is certainly the older one. */
  SUPERBLOCK_OLD_DAMAGED(warning("partition.superblock-old-damaged", "copy", "flaw")),
  /** One superblock is damaged, and it may have been the newer one. */
  SUPERBLOCK_NEWEST_LOST(warning("partition.superblock-newest-lost", "copy", "flaw")),
  /** The two superblocks do not speak of one partition. */
  SUPERBLOCKS_DISAGREE(error("partition.superblocks-disagree")),
  /** The making of the partition was interrupted. */
  NOT_FINISHED(error("partition.not-finished", "copy")),
  /** Neither superblock can be read. */
  SUPERBLOCKS_LOST(error("partition.superblocks-lost", "flawA", "flawB")),
  /** There is nothing but zeros where the superblocks should be. */
  NOT_MADE(error("partition.not-made")),
  /** Nothing of Meikyo where the superblocks should be. */
  NOT_OURS(error("partition.not-ours")),
  /** Made by a newer Meikyo. */
  NEWER_VERSION(error("partition.newer-version", "found", "known")),
  /** The newest log transaction was cut off; its predecessor is the truth. */
  LOG_TORN(info("partition.log-torn", "slot", "sequence")),
  /** An old log transaction is damaged. */
  LOG_OLD_DAMAGED(warning("partition.log-old-damaged", "slot", "flaw")),
  /** The newest log transaction may be lost: every chunk may differ. */
  LOG_NEWEST_LOST(warning("partition.log-newest-lost", "slot", "flaw")),
  /** No log transaction can be read: every chunk may differ. */
  LOG_LOST(warning("partition.log-lost")),
  /** The log is older than the last cut: every chunk may differ. */
  LOG_OLDER_THAN_CUT(warning("partition.log-older-than-cut", "sequence", "cut")),
  /** Pages of a map are damaged: they count as all ones. */
  MAP_DAMAGED(warning("partition.map-damaged", "map", "pages", "first", "flaw")),
  /** Both copies of the configuration are damaged. */
  CONFIG_LOST(warning("partition.config-lost", "flaw")),
  /** One copy of the configuration is damaged. */
  CONFIG_DAMAGED(info("partition.config-damaged", "copy", "flaw"));

  private final Spec spec;

  FormatNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
