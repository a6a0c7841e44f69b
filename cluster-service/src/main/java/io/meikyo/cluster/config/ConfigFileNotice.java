// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.config;

import static io.meikyo.core.notice.NoticeCode.Spec.error;

import io.meikyo.core.notice.NoticeCode;

/** What can be wrong with a configuration before its keys are looked at. */
public enum ConfigFileNotice implements NoticeCode {
  UNREADABLE(error("config-file.unreadable", "file", "reason")),
  TOO_LARGE(error("config-file.too-large", "file", "bytes", "max")),
  TOO_DEEP(error("config-file.too-deep", "file")),
  SYNTAX(error("config-file.syntax", "file", "line", "column", "reason"));

  private final Spec spec;

  ConfigFileNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
