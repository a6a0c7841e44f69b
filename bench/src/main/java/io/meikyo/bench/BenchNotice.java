// SPDX-License-Identifier: Apache-2.0
package io.meikyo.bench;

import static io.meikyo.core.notice.NoticeCode.Spec.error;
import static io.meikyo.core.notice.NoticeCode.Spec.info;
import static io.meikyo.core.notice.NoticeCode.Spec.warning;

import io.meikyo.core.notice.NoticeCode;

/** What the bench says. */
public enum BenchNotice implements NoticeCode {
  NOT_ROOT(error("bench.not-root")),
  NO_PROGRAM(error("bench.no-program", "program", "package")),
  COMMAND_FAILED(error("bench.command-failed", "command", "status", "output")),
  NOT_IN_TIME(error("bench.not-in-time", "what", "seconds", "log")),
  NO_ROOM(error("bench.no-room", "what", "free", "wanted")),
  NOTHING_CHOSEN(error("bench.nothing-chosen", "what", "known")),
  SMALL(warning("bench.small", "bytes", "log")),
  CLEANED(info("bench.cleaned", "folder")),
  WRITTEN(info("bench.written", "file")),
  NOT_WRITTEN(info("bench.not-written", "file")),
  PREPARING(info("bench.preparing", "target")),
  MEASURED(info("bench.measured", "rep", "job", "target", "value", "unit")),
  LEFT_BEHIND(warning("bench.left-behind", "what"));

  private final Spec spec;

  BenchNotice(Spec spec) {
    this.spec = spec;
  }

  @Override
  public Spec spec() {
    return spec;
  }
}
