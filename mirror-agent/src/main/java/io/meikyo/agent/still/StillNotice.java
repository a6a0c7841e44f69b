// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.still;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What there is to say about freezing and holding mirror disks for a backup. */
public enum StillNotice implements NoticeCode {
  // ---- refused, nothing changed
  STANDS(error("still.stands", "disks", "by", "seconds")),
  TOO_LONG(error("still.too-long", "seconds", "mirror", "most", "kind")),
  NO_PROGRAM(error("still.no-program", "programs")),
  NOT_ACTIVE(error("still.not-active", "mirror", "server", "active")),
  HELD(error("still.held", "mirror")),
  NOT_EQUAL(error("still.not-equal", "mirror", "peer")),
  NO_DEVICE(error("still.no-device", "mirror")),
  LEFT(error("still.left", "mirror", "mount")),
  NONE_TO_SEAL(error("still.none-to-seal")),
  MOUNTED(error("still.mounted", "mirror", "mount")),

  // ---- on the way
  NOT_MOUNTED(info("still.not-mounted", "mirror")),
  ABOVE(warning("still.above", "mirror", "what")),
  HIDDEN(warning("still.hidden", "mirror", "mount")),
  FROZEN_BY_OTHERS(warning("still.frozen-by-others", "mirror", "mount")),
  NO_KEEPER(warning("still.no-keeper", "mirror")),
  FROZEN(info("still.frozen", "mirror", "mounts")),
  CUT_STANDS(info("still.cut-stands", "mirror", "cut", "by", "stalled", "held")),
  STANDING(info("still.standing", "disks", "cut", "seconds", "by")),

  // ---- failed, all undone
  LOOK_FAILED(error("still.look-failed", "reason")),
  SYNC_FAILED(error("still.sync-failed", "mirror", "mount", "reason")),
  KEEPER_FAILED(error("still.keeper-failed", "mirror", "mount", "reason")),
  NOTE_FAILED(error("still.note-failed", "mirror", "mount", "reason")),
  FREEZE_FAILED(error("still.freeze-failed", "mirror", "mount", "reason")),
  LATE(error("still.late", "seconds")),
  HOLD_ENDED(error("still.hold-ended", "mirror")),
  CANCELLED(warning("still.cancelled")),
  LOOP_SILENT(error("still.loop-silent", "mirror")),

  // ---- back
  THAWED(info("still.thawed", "mirror", "mount")),
  THAWED_LATE(info("still.thawed-late", "mirror", "mount")),
  THAWED_FORMER(warning("still.thawed-former", "mirror", "mount")),
  THAWED_BY_OTHERS(info("still.thawed-by-others", "mirror", "mount")),
  STILL_FROZEN(error("still.still-frozen", "mirror", "mount", "reason")),
  GOOD(info("still.good", "mirror")),
  SEALED(info("still.sealed", "mirror")),
  VOID(error("still.void", "mirror")),
  NOTHING_STANDS(info("still.nothing-stands", "mirror"));

  private final Spec spec;

  StillNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
