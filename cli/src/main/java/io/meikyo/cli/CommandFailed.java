// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.core.notice.Notice;
import java.io.Serial;

/** Thrown by a command that could not do its work: the notice is shown and the exit status is 1. */
final class CommandFailed extends RuntimeException {

  @Serial private static final long serialVersionUID = 1;

  private final transient Notice notice;

  CommandFailed(Notice notice) {
    super(notice.toString());
    this.notice = notice;
  }

  Notice notice() {
    return notice;
  }
}
