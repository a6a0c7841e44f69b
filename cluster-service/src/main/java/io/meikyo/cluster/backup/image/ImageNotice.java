// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What is said about images, and about the list of backups. */
public enum ImageNotice implements NoticeCode {
  FOLDER_NOT_ABSOLUTE(error("image.folder-not-absolute", "folder")),
  FOLDER_BAD(error("image.folder-bad", "folder", "why")),
  FOLDER_ON_MIRROR(error("image.folder-on-mirror", "folder", "disk")),
  FOLDER_UNDER_MOUNT(error("image.folder-under-mount", "folder", "mount")),
  NO_ROOM(error("image.no-room", "folder", "needed", "free")),
  TOO_MANY(error("image.too-many", "most")),
  TWICE(error("image.twice", "backup")),
  NO_DISKS(error("image.no-disks")),
  NO_AGENT(error("image.no-agent", "why")),
  AGENT_REFUSED(error("image.agent-refused", "command", "said")),
  NO_SNAPSHOT(error("image.no-snapshot", "snapshot")),
  SNAPSHOT_LOST(error("image.snapshot-lost", "snapshot", "why")),
  ELSEWHERE(error("image.elsewhere", "snapshot", "where")),
  IS_ELSEWHERE(info("image.is-elsewhere", "snapshot", "where")),
  SIZE_DIFFERS(error("image.size-differs", "snapshot", "said", "found")),
  READ_FAILED(error("image.read-failed", "snapshot", "why")),
  WRITE_FAILED(error("image.write-failed", "file", "why")),
  UNEQUAL(error("image.unequal", "snapshot")),
  NO_VERDICT(error("image.no-verdict", "snapshot")),
  PARTITION_BAD(error("image.partition-bad", "file", "why")),
  CANCELLED(error("image.cancelled")),
  INTERRUPTED(error("image.interrupted")),
  BROKEN(error("image.broken", "why")),
  IS_COMPLETE(info("image.is-complete", "backup", "place")),
  IS_KEPT(info("image.is-kept", "backup", "hours")),
  HAS_FAILED(error("image.has-failed", "backup")),
  LEFT_OVER(warning("image.left-over", "place", "why")),
  CATALOGUE_FAILED(warning("image.catalogue-failed", "file", "why")),
  IS_UNPROVEN(warning("image.is-unproven")),
  KEPT_GONE(warning("image.kept-gone", "snapshot", "why")),
  KEPT_OVER(info("image.kept-over", "hours")),
  UNKNOWN_BACKUP(error("image.unknown-backup", "backup")),
  NOT_UNDER_WAY(error("image.not-under-way", "backup")),
  IS_CANCELLED(info("image.is-cancelled", "backup")),
  NO_FILES(error("image.no-files", "backup", "state")),

  MANIFEST_BAD(error("image.manifest-bad", "file", "why")),
  FILE_BAD(error("image.file-bad", "file", "why")),
  FILE_SIZE(error("image.file-size", "file", "expected", "found")),
  FILE_CHANGED(error("image.file-changed", "file")),
  FILE_GOOD(info("image.file-good", "file", "bytes")),
  IMAGE_GOOD(info("image.good", "backup", "disks", "taken")),
  DISK_PROVEN(info("image.disk-proven", "disk", "proof")),
  DISK_UNPROVEN(warning("image.disk-unproven", "disk", "proof"));

  private final Spec spec;

  ImageNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
