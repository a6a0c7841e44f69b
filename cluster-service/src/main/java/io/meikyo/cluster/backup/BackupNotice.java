// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What is said about online backups. */
public enum BackupNotice implements NoticeCode {
  NOT_READY(error("backup.not-ready", "server")),
  NO_MIRROR(error("backup.no-mirror")),
  INACTIVE(error("backup.inactive", "disk")),
  ELSEWHERE(error("backup.elsewhere", "server", "active")),
  SERVER_AWAY(error("backup.server-away", "server", "health")),
  RECOVERING(error("backup.recovering", "disk", "server")),
  HELD_ALREADY(error("backup.held-already", "disk")),
  BUSY(error("backup.busy")),
  FREEZE_FAILED(error("backup.freeze-failed", "server")),
  HOOK_FAILED(error("backup.hook-failed", "script", "how")),
  HOOK_AFTER_FAILED(warning("backup.hook-after-failed", "script", "how")),
  UNREACHED(error("backup.unreached", "server")),
  IMAGE_VOID(error("backup.image-void", "since")),
  NOT_ON(info("backup.not-on")),
  UNKNOWN_JOB(error("backup.unknown-job", "job")),
  BROKEN(error("backup.broken", "why"));

  private final Spec spec;

  BackupNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
