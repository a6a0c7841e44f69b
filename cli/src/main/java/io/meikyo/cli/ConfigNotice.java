// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What {@code meikyo config} has to say beside what is wrong with a configuration. */
enum ConfigNotice implements NoticeCode {
  CHECKED(info("cli.config-checked", "file", "errors", "warnings")),
  EQUAL(info("cli.config-equal")),
  NEEDS(info("cli.config-needs", "need")),
  UNUSABLE(error("cli.config-unusable", "file", "errors")),
  NONE(error("cli.config-none")),
  STORED(error("cli.config-stored", "version")),
  APPLIED(info("cli.config-applied", "version", "servers")),
  ACCEPTED(info("cli.config-accepted", "version")),
  WAITING(warning("cli.config-waiting", "server", "version")),
  RESTART(warning("cli.config-restart", "server", "version")),
  UNWRITABLE(error("cli.config-unwritable", "file", "reason")),
  NO_TABLE(error("cli.config-no-table", "header", "known"));

  private final Spec spec;

  ConfigNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
