// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.config;

import static io.meikyo.core.notice.NoticeCode.Spec.error;

import io.meikyo.core.notice.NoticeCode;

/** What can be wrong with a configuration file. */
public enum ConfigNotice implements NoticeCode {
  UNREADABLE(error("config.unreadable", "file", "reason")),
  SYNTAX(error("config.syntax", "file", "line", "column", "reason")),
  MISSING(error("config.missing", "file", "line", "key")),
  UNKNOWN(error("config.unknown", "file", "line", "key", "known")),
  LINK_OPEN(error("config.link-open", "file", "line")),
  RECORD_NEEDED(error("config.record-needed", "file", "line", "servers")),
  BAD_VALUE(error("config.bad-value", "file", "line", "key", "value", "wanted"));

  private final Spec spec;

  ConfigNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
