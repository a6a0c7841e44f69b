// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.front;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What there is to say about the device of a mirror disk. */
public enum FrontNotice implements NoticeCode {
  UP(info("front.up", "device", "link")),
  RESUMED(info("front.resumed", "device", "link")),
  DOWN(info("front.down", "link")),
  FAILED(error("front.failed", "step", "reason")),
  NOT_DIRECT(error("front.not-direct", "device")),
  NO_RESERVE(warning("front.no-reserve", "device", "reason")),
  NOT_RESET(warning("front.not-reset", "device", "reason")),
  NOT_KEPT(warning("front.not-kept", "link", "reason")),
  TAKEN(error("front.taken", "link")),
  STALE(warning("front.stale", "mount")),
  HELD(warning("front.held", "device", "holders")),
  ABORTED(error("front.aborted", "device", "holders")),
  LOST(error("front.lost", "device", "reason")),
  LATE(warning("front.late", "device", "seconds", "next")),
  NO_KIND(error("front.no-kind", "missing", "nbd")),
  NO_FUSE(error("front.no-fuse", "missing")),
  NO_NBD(error("front.no-nbd", "reason"));

  private final Spec spec;

  FrontNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
