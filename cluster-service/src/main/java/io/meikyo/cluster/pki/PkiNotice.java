// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.pki;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;

import io.meikyo.core.notice.NoticeCode;

/** What there is to say about the authority, tokens and own keys. */
public enum PkiNotice implements NoticeCode {
  CANNOT_WRITE(error("pki.cannot-write", "file", "reason")),
  CANNOT_READ(error("pki.cannot-read", "file", "reason")),
  DAMAGED(error("pki.damaged", "file", "line")),
  BAD_NAME(error("pki.bad-name", "name")),
  ALREADY_MEMBER(error("pki.already-member", "folder", "server", "cluster")),
  ALREADY_FOUNDED(error("pki.already-founded", "folder", "servers")),
  NOT_MEMBER(error("pki.not-member", "folder")),
  NOT_FOUNDED_HERE(error("pki.not-founded-here", "folder")),
  BAD_REQUEST(error("pki.bad-request", "reason")),
  NAME_TAKEN(error("pki.name-taken", "server")),
  NO_SUCH_SERVER(error("pki.no-such-server", "server", "known")),
  FOREIGN_ANSWER(error("pki.foreign-answer", "reason")),
  OLDER_REVOCATIONS(error("pki.older-revocations", "offered", "known")),
  TOKEN_BAD(error("pki.token-bad")),
  TOKEN_UNKNOWN(error("pki.token-unknown")),
  TOKEN_EXPIRED(error("pki.token-expired", "expired", "now")),
  TOKEN_USED(error("pki.token-used", "server", "when")),
  TOKEN_FOR_ANOTHER(error("pki.token-for-another", "wanted", "server")),
  FOUNDED(info("pki.founded", "cluster", "server", "folder")),
  ISSUED(info("pki.issued", "server", "number", "until")),
  REVOKED(info("pki.revoked", "server", "numbers"));

  private final Spec spec;

  PkiNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
