// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.link;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What there is to say about connections between mirror agents. */
public enum LinkNotice implements NoticeCode {
  CANNOT_CONNECT(warning("link.cannot-connect", "peer", "address", "reason")),
  MOVES(info("link.moves", "peer", "address", "from")),
  CANNOT_ACCEPT(error("link.cannot-accept", "reason")),
  STRANGER(warning("link.stranger", "address", "flaw")),
  STRANGER_TLS(warning("link.stranger-tls", "address", "reason")),
  REFUSED(warning("link.refused", "peer", "address", "reason")),
  NOT_BELIEVED(warning("link.not-believed", "peer", "address", "reason")),
  DAMAGED(error("link.damaged", "address", "flaw")),
  NO_DELAY_REFUSED(warning("link.no-delay-refused", "address", "reason"));

  private final Spec spec;

  LinkNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
