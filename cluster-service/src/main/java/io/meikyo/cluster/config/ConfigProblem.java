// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.config;

import io.meikyo.core.notice.Notice;
import java.io.Serial;

/** Something that was asked of a configuration and was not done; the notice says why. */
public final class ConfigProblem extends Exception {
  @Serial private static final long serialVersionUID = 1;

  private final transient Notice notice;

  /** With what is to be said. */
  public ConfigProblem(Notice notice) {
    super(notice.toString());
    this.notice = notice;
  }

  /** What is to be said. */
  public Notice notice() {
    return notice;
  }
}
