// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What there is to say about snapshots. */
public enum SnapshotNotice implements NoticeCode {
  STANDS(info("snapshot.stands", "snapshot", "cap")),
  TAKEN(info("snapshot.taken", "snapshot", "provider", "where")),
  FOUND(info("snapshot.found", "snapshot", "provider", "where")),
  LEFT_BEHIND(info("snapshot.left-behind", "snapshot", "provider")),
  ADOPTED(info("snapshot.adopted", "snapshot", "by")),
  DELETED_IMAGE(info("snapshot.deleted-image", "snapshot", "provider")),
  DELETED(info("snapshot.deleted", "snapshot", "used")),
  NOT_ADOPTED(info("snapshot.not-adopted", "snapshot", "seconds")),
  LEFTOVERS(info("snapshot.leftovers", "mirror", "count", "folder")),

  // ---- lost
  FULL(error("snapshot.full", "snapshot", "cap", "folder")),
  FAILED(error("snapshot.failed", "snapshot", "reason")),
  STUCK(error("snapshot.stuck", "snapshot", "seconds", "folder")),
  GONE(error("snapshot.gone", "snapshot", "provider", "reason")),
  OUT_OF_ROOM(error("snapshot.out-of-room", "snapshot", "folder", "free", "least")),

  // ---- not taken
  NOT_TAKEN(error("snapshot.not-taken", "mirror", "provider", "reason")),
  LATE(error("snapshot.late", "mirror", "provider", "millis")),
  TOO_MANY(error("snapshot.too-many", "mirror", "most")),
  NO_ROOM(error("snapshot.no-room", "mirror", "folder", "free", "least")),
  NO_MEMORY(error("snapshot.no-memory", "mirror", "cap")),
  ON_MIRROR(error("snapshot.on-mirror", "mirror", "folder")),
  NO_FOLDER(error("snapshot.no-folder", "mirror", "folder", "reason")),
  MOVED_ON(error("snapshot.moved-on", "mirror")),
  NOT_YET(error("snapshot.not-yet", "mirror", "folder")),
  TWICE(error("snapshot.twice", "snapshot")),
  NOT_EXPORTED(warning("snapshot.not-exported", "mirror", "socket", "reason")),
  NOT_REMOVED(warning("snapshot.not-removed", "mirror", "provider", "reason")),
  NOT_LISTED(warning("snapshot.not-listed", "mirror", "provider", "reason")),
  NOT_SETTLED(warning("snapshot.not-settled", "mirror", "where", "reason")),
  NOTE_BAD(warning("snapshot.note-bad", "mirror", "file")),
  OF_ANOTHER_PROVIDER(warning("snapshot.of-another-provider", "snapshot", "provider", "where")),
  LEFTOVERS_STAY(warning("snapshot.leftovers-stay", "mirror", "file", "reason")),

  // ---- answers to commands
  NONE(info("snapshot.none", "mirrors")),
  LISTED(info("snapshot.listed", "snapshot", "state", "used", "cap", "proof", "by", "provider")),
  ELSEWHERE(info("snapshot.elsewhere", "snapshot", "where")),
  UNKNOWN(error("snapshot.unknown", "snapshot")),
  LOST(error("snapshot.lost", "snapshot", "why")),
  OF_OTHERS(error("snapshot.of-others", "snapshot", "by")),
  OPEN(error("snapshot.open", "snapshot")),
  IMAGE_WRITTEN(info("snapshot.image-written", "snapshot", "file", "status")),
  IMAGE_FAILED(error("snapshot.image-failed", "file", "reason"));

  private final Spec spec;

  SnapshotNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
