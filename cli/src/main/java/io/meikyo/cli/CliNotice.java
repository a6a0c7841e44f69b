// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What the command line itself has to say. */
enum CliNotice implements NoticeCode {
  NO_AGENT(error("cli.no-agent", "socket", "reason")),
  AGENT_LOST(error("cli.agent-lost", "socket")),
  AGENT_SILENT(error("cli.agent-silent", "socket", "seconds")),
  RECORD_FAILED(error("cli.record-failed", "folder", "reason")),
  WITNESS_FAILED(error("cli.witness-failed", "table", "why")),
  NEXT_AFTER_INIT(info("cli.next-after-init")),
  NEXT_AFTER_TOKEN(info("cli.next-after-token", "words", "address")),
  NEXT_AFTER_JOIN(info("cli.next-after-join")),
  NO_TOKEN(error("cli.no-token", "from", "reason")),
  EXPELLED_NOT_REVOKED(warning("cli.expelled-not-revoked", "server")),
  NO_SERVICE(error("cli.service-silent", "socket", "reason")),
  NO_SNAPSHOT(error("cli.no-snapshot", "snapshot", "why")),
  NO_PROGRAM(error("cli.no-program", "program")),
  NOT_MOUNTED(error("cli.not-mounted", "folder", "why")),
  CANNOT_LISTEN(error("cli.cannot-listen", "address", "why")),
  BAD_ADDRESS(error("cli.bad-address", "address")),
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
