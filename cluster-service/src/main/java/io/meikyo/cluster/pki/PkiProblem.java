// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.pki;

import io.meikyo.core.notice.Notice;

/** Something about keys, certificates or tokens could not be done. */
public final class PkiProblem extends Exception {
  private static final long serialVersionUID = 1;

  private final transient Notice notice;

  /** With what is to be said about it. */
  public PkiProblem(Notice notice) {
    super(notice.toString());
    this.notice = notice;
  }

  /** What is wrong. */
  public Notice notice() {
    return notice;
  }
}
