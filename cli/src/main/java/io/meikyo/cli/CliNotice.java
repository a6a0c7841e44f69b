// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import static io.meikyo.core.notice.NoticeCode.Spec.error;

import io.meikyo.core.notice.NoticeCode;

/** What the command line itself has to say. */
enum CliNotice implements NoticeCode {
  UNEXPECTED(error("cli.unexpected", "what")),
  USAGE(error("cli.usage", "problem", "command"));

  private final Spec spec;

  CliNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
