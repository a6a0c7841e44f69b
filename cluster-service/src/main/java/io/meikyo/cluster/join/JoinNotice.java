// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.join;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What there is to say about joining and renewing. */
public enum JoinNotice implements NoticeCode {
  CANNOT_REACH(error("join.cannot-reach", "address", "reason")),
  NOT_THE_CLUSTER(error("join.not-the-cluster", "address", "reason")),
  BROKEN_OFF(error("join.broken-off", "address", "reason")),
  OTHER_VERSION(error("join.other-version", "theirs", "ours")),
  NO_CERTIFICATE(error("join.no-certificate")),
  STRANGER(warning("join.stranger", "address", "reason")),
  REFUSED(warning("join.refused", "server", "address")),
  NOT_IN_USE(error("join.not-in-use", "folder")),
  NO_AUTHORITY_ADDRESS(error("join.no-authority-address", "folder")),
  JOINED(info("join.joined", "server", "cluster")),
  ADMITTED(info("join.admitted", "server", "address")),
  RENEWED(info("join.renewed", "server", "address")),
  FORMER_REVOKED(info("join.former-revoked", "server", "numbers"));

  private final Spec spec;

  JoinNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
