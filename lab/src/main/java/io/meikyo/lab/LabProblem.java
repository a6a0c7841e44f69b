// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab;

import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.NoticeCode;

/** Something that the lab could not do, with what to do about it. */
public final class LabProblem extends Exception {
  private static final long serialVersionUID = 1;

  private final transient Notice notice;

  /** A problem. */
  public LabProblem(NoticeCode code, Object... values) {
    this(Notice.of(code, values));
  }

  /** A problem. */
  public LabProblem(Notice notice) {
    super(notice.toString());
    this.notice = notice;
  }

  /** The sentence. */
  public Notice notice() {
    return notice;
  }
}
