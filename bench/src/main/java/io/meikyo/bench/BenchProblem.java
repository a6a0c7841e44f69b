// SPDX-License-Identifier: Apache-2.0
package io.meikyo.bench;

import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.NoticeCode;

/** Why nothing could be measured, with what to do about it. */
public final class BenchProblem extends Exception {
  private static final long serialVersionUID = 1;

  private final transient Notice notice;

  /** A problem. */
  public BenchProblem(NoticeCode code, Object... values) {
    this(Notice.of(code, values));
  }

  /** A problem that another part has found. */
  public BenchProblem(Notice notice) {
    super(notice.toString());
    this.notice = notice;
  }

  /** The sentence. */
  public Notice notice() {
    return notice;
  }
}
