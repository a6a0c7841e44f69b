// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What there is to say about NBD clients. */
public enum NbdNotice implements NoticeCode {
  NOT_NBD(warning("nbd.not-nbd")),
  NO_SUCH_EXPORT(warning("nbd.no-such-export", "export")),
  TOO_SLOW(warning("nbd.too-slow", "seconds")),
  TOO_MANY(warning("nbd.too-many", "connections")),
  READ_CUT_OFF(warning("nbd.read-cut-off", "export", "errno")),
  CANNOT_ACCEPT(warning("nbd.cannot-accept", "errno"));

  private final Spec spec;

  NbdNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
