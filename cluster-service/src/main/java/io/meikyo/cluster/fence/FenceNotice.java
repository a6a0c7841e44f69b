// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.fence;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What the ways to take this server down say. */
public enum FenceNotice implements NoticeCode {
  ARMED(info("fence.armed", "way")),
  NOT_ARMED(error("fence.not-armed", "way", "why", "left")),
  TOO_SLOW(error("fence.too-slow", "way", "seconds", "wanted")),
  STRUCK(warning("fence.struck", "way", "seconds")),
  NOT_STRUCK(error("fence.not-struck", "way", "why")),
  DRY(warning("fence.dry", "way"));

  private final Spec spec;

  FenceNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
