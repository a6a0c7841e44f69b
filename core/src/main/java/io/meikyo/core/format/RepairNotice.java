// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What a repair changes on a cluster partition. Warning: the replica must be filled again. */
public enum RepairNotice implements NoticeCode {
  /** A superblock is written again from the other one. */
  SUPERBLOCK(info("partition.repair-superblock", "copy")),
  /** A superblock is written again with the worst that it may have said. */
  SUPERBLOCK_WORST(warning("partition.repair-superblock-worst", "copy")),
  /** Both superblocks are written again from a copy of the partition. */
  SUPERBLOCKS_FROM_COPY(warning("partition.repair-superblocks-from-copy", "sequence")),
  /** All maps say that everything may differ. */
  MAPS_ALL_ONES(warning("partition.repair-maps-all-ones", "maps")),
  /** Damaged pages say that everything may differ. */
  PAGES_ALL_ONES(warning("partition.repair-pages-all-ones", "pages")),
  /** Damaged slots of the log are cleared. */
  LOG_SLOTS(info("partition.repair-log-slots", "slots")),
  /** The log is begun anew. */
  LOG_ANEW(info("partition.repair-log-anew", "sequence")),
  /** A copy of the configuration is written again from the other one. */
  CONFIG(info("partition.repair-config", "copy")),
  /** Both copies of the configuration are cleared. */
  CONFIG_CLEARED(warning("partition.repair-config-cleared"));

  private final Spec spec;

  RepairNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
