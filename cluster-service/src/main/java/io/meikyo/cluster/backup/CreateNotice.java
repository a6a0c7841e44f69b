// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What is said about a backup that is created by one command. */
public enum CreateNotice implements NoticeCode {
  // ---- refused, nothing changed
  NOT_READY(error("create.not-ready", "server")),
  BACKUP_MODE(error("create.backup-mode", "by", "server")),
  BUSY(error("create.busy")),
  NO_MIRROR(error("create.no-mirror", "wanted", "known")),
  INACTIVE(error("create.inactive", "disk")),
  TWO_ACTIVES(error("create.two-actives", "active")),
  NOT_IN_SYNC(error("create.not-in-sync", "disk", "server")),
  AWAY(error("create.away", "server", "health")),
  NO_WRITER(error("create.no-writer", "disks")),
  NO_REPLICA(error("create.no-replica", "server", "disk")),
  AGAINST(error("create.against", "server")),

  // ---- failed
  CUT_FAILED(error("create.cut-failed", "server")),
  CUT_UNKNOWN(error("create.cut-unknown", "server")),
  IMAGE_FAILED(error("create.image-failed", "server", "id")),
  IMAGE_UNKNOWN(error("create.image-unknown", "server", "id")),
  UNEQUAL(error("create.unequal", "disks")),
  NOT_VERIFIED(error("create.not-verified", "disks", "server")),
  UNREACHED(warning("create.unreached", "server", "id")),
  UNKNOWN_JOB(error("create.unknown-job", "job")),
  BROKEN(error("create.broken", "why")),

  // ---- done
  UNPROVEN(warning("create.unproven", "disks")),
  WRITTEN(info("create.written", "id", "server", "place")),
  KEPT(info("create.kept", "names", "server"));

  private final Spec spec;

  CreateNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
