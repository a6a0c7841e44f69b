// SPDX-License-Identifier: Apache-2.0
package io.meikyo.tls;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What there is to say about keys and certificates. */
public enum TlsNotice implements NoticeCode {
  FILE_MISSING(error("tls.file-missing", "file")),
  FILE_UNREADABLE(error("tls.file-unreadable", "file", "reason")),
  NO_PLAIN_FILE(error("tls.no-plain-file", "file")),
  WRONG_MODE(error("tls.wrong-mode", "file", "mode", "wanted")),
  WRONG_OWNER(error("tls.wrong-owner", "file", "owner", "process")),
  NOT_PEM(error("tls.not-pem", "file", "wanted", "reason")),
  KEY_OF_ANOTHER(error("tls.key-of-another", "key", "certificate")),
  UNUSABLE(error("tls.unusable", "certificate", "reason")),
  REVOCATIONS_FOREIGN(error("tls.revocations-foreign", "file")),
  REHEARSAL_FAILED(error("tls.rehearsal-failed", "certificate", "reason")),
  EXPIRES_SOON(warning("tls.expires-soon", "certificate", "days", "until")),
  RELOADED(info("tls.reloaded", "certificate", "until")),
  NOT_RELOADED(warning("tls.not-reloaded", "certificate"));

  private final Spec spec;

  TlsNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
