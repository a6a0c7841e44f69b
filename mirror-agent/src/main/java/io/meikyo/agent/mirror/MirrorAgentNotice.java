// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.mirror;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What the agent itself has to say about a mirror disk, beside what the engine says. */
public enum MirrorAgentNotice implements NoticeCode {
  RECORD_SILENT(warning("mirror-agent.record-silent", "mirror", "keeper")),
  RECORD_FOREIGN(error("mirror-agent.record-foreign", "mirror", "keeper")),
  NOT_ATTACHED_YET(error("mirror-agent.not-attached-yet", "mirror")),
  DISK_ERROR(error("mirror-agent.disk-error", "partition", "call", "offset", "reason"));

  private final Spec spec;

  MirrorAgentNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
