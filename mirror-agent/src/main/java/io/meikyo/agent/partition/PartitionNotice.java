// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What there is to say about partitions as files and devices. */
public enum PartitionNotice implements NoticeCode {
  // opening
  NO_SUCH_FILE(error("partition.no-such-file", "path")),
  NOT_A_DISK(error("partition.not-a-disk", "path")),
  CANNOT_OPEN(error("partition.cannot-open", "path", "reason")),
  IN_USE(error("partition.in-use", "path")),
  MAYBE_IN_MOTION(info("partition.maybe-in-motion", "path")),
  WRITE_FAILED(error("partition.write-failed", "path", "reason")),

  // create
  SAME_DEVICE(error("partition.same-device", "data", "cluster")),
  OVERLAPPING(error("partition.overlapping", "data", "cluster", "on")),
  MOUNTED(error("partition.mounted", "path", "where")),
  HELD(error("partition.held", "path", "holder")),
  SPARSE(error("partition.sparse", "path", "offset")),
  NOT_WHOLE_BLOCKS(error("partition.not-whole-blocks", "path", "bytes", "blockSize", "fits")),
  TOO_SMALL(error("partition.too-small", "path", "bytes", "required")),
  TOO_LARGE(error("partition.too-large", "bytes", "most")),
  DATA_IS_CLUSTER(error("partition.data-is-cluster", "path", "found")),
  IS_MEIKYO(error("partition.is-meikyo", "path", "found")),
  HAS_SIGNATURE(error("partition.has-signature", "path", "signature")),
  NOT_EMPTY(error("partition.not-empty", "path")),
  ALREADY_THERE(error("partition.already-there", "path")),
  CREATED(info("partition.created", "cluster", "replica", "disk", "bytes")),
  ALLOCATED(info("partition.allocated", "path", "bytes")),
  OVERWRITTEN(warning("partition.overwritten", "path", "found")),
  DATA_KEPT(info("partition.data-kept", "data", "signature")),

  // check
  CLEAN(info("partition.clean", "path")),
  UNEXPECTED_CLUSTER(error("partition.unexpected-cluster", "path", "found", "expected")),
  UNEXPECTED_DISK(error("partition.unexpected-disk", "path", "found", "expected")),
  UNEXPECTED_REPLICA(error("partition.unexpected-replica", "path", "found", "expected")),
  TRUNCATED(error("partition.truncated", "path", "bytes", "required")),
  DATA_TOO_SMALL(error("partition.data-too-small", "data", "bytes", "required")),
  LOOKS_LIKE_DATA(error("partition.looks-like-data", "path", "signature")),
  SAME_IDENTITY(error("partition.same-identity", "one", "other", "replica", "disk")),
  SUPERBLOCK_PLACE_OVERWRITTEN(
      warning("partition.superblock-place-overwritten", "path", "signature")),

  // repair
  NOTHING_TO_REPAIR(info("partition.nothing-to-repair", "path")),
  REPAIRED(info("partition.repaired", "path")),
  WOULD_REPAIR(info("partition.would-repair", "path")),
  COPY_NOT_NEEDED(error("partition.copy-not-needed", "path")),
  COPY_UNREADABLE(error("partition.copy-unreadable", "copy")),
  COPY_OF_OTHER_REPLICA(
      error(
          "partition.copy-of-other-replica",
          "path",
          "copy",
          "replica",
          "clusterId",
          "diskId",
          "blockSize",
          "bytes")),
  COPY_TOO_LARGE(error("partition.copy-too-large", "path", "bytes", "required")),

  // restore
  RESTORED(info("partition.restored", "path", "replica", "cut", "worth")),
  RESTORED_ALREADY(info("partition.restored-already", "path", "cut")),
  RESTORE_GOES_ON(info("partition.restore-goes-on", "path")),
  NO_PLACE_FOR_REPLICA(error("partition.no-place-for-replica", "path", "replica")),
  IMAGE_OF_OTHER_CLUSTER(error("partition.image-of-other-cluster", "path", "found", "expected")),
  IMAGE_NOT_WHOLE(error("partition.image-not-whole", "path", "condition")),
  IMAGE_WITHOUT_FLAG(error("partition.image-without-flag", "path")),
  IMAGE_WITHOUT_CUT(error("partition.image-without-cut", "path")),
  IMAGE_VOID(error("partition.image-void", "path", "cut")),
  IMAGE_UNEQUAL(error("partition.image-unequal", "path", "cut")),
  IMAGE_WRITTEN_TO(error("partition.image-written-to", "path", "cut")),
  IMAGE_FORCED(warning("partition.image-forced", "path")),
  FOUND_AT(warning("partition.found-at", "mirror", "found", "path")),
  DATA_BESIDE(warning("partition.data-beside", "mirror", "data", "cluster")),

  // the copy of the configuration
  COPY_NOT_WRITTEN(warning("partition.copy-not-written", "path", "why")),
  CONFIGURATION_TOO_LARGE(error("partition.configuration-too-large", "bytes", "most")),
  COPY_WRITTEN(info("partition.copy-written", "mirror", "version")),
  COPY_RESTS(warning("partition.copy-rests", "mirror")),

  // opening for work
  OTHER_IDENTITY(error("partition.other-identity", "path", "found", "wanted")),
  NO_DIRECT(error("partition.no-direct", "path")),
  BLOCKS_TOO_SMALL(error("partition.blocks-too-small", "path", "block", "device"));

  private final Spec spec;

  PartitionNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
