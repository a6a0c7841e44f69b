// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.process;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What the process itself has to say. */
public enum AgentNotice implements NoticeCode {
  STARTED(info("agent.started", "mirror", "loop", "bytes")),
  NOT_ENCRYPTED(warning("agent.not-encrypted", "mirror")),
  THREADS(warning("agent.threads", "mirror", "reason")),
  NOT_LOCKED(warning("agent.not-locked", "reason")),
  NOT_EXEMPT(warning("agent.not-exempt", "refused")),
  LEFT_LIMIT(info("agent.left-limit", "group", "bytes", "to")),
  LIMITED(warning("agent.limited", "group", "bytes", "reason")),
  CANNOT_LISTEN(error("agent.cannot-listen", "address", "reason")),
  CANNOT_KEEP_RECORD(error("agent.cannot-keep-record", "mirror", "reason")),
  LOOP_FAILED(error("agent.loop-failed", "mirror", "what")),
  FAILED(error("agent.failed", "what")),
  STOPPING(info("agent.stopping")),
  STOPPED(info("agent.stopped", "mirror")),
  NOT_FLUSHED(warning("agent.not-flushed", "mirror")),
  STOPPED_EARLY(warning("agent.stopped-early", "seconds")),
  NO_KEEPER(warning("agent.no-keeper", "mirror")),
  KEEPER_SILENT(error("agent.keeper-silent", "socket", "reason")),
  KEEPER_LOST(error("agent.keeper-lost", "socket", "reason")),
  RESTORE_PENDING(warning("agent.restore-pending", "folder")),
  NBD_SERVES(info("agent.nbd-serves", "mirror", "address"));

  private final Spec spec;

  AgentNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
