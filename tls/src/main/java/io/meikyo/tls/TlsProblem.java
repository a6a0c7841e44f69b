// SPDX-License-Identifier: Apache-2.0
package io.meikyo.tls;

import io.meikyo.core.notice.Notice;

/** Key, certificate or authority cannot be used. */
public final class TlsProblem extends Exception {
  private static final long serialVersionUID = 1;

  private final transient Notice notice;

  /** With what is to be said about it. */
  public TlsProblem(Notice notice) {
    super(notice.toString());
    this.notice = notice;
  }

  /** What is wrong. */
  public Notice notice() {
    return notice;
  }
}
