// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.partition;

import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.NoticeCode;
import java.io.Serial;

/**
 * Thrown when something about a partition was refused or could not be done; nothing is half told.
 */
public final class PartitionProblem extends Exception {
  @Serial private static final long serialVersionUID = 1;

  private final transient Notice notice;

  /** Makes the problem with its notice. */
  public PartitionProblem(NoticeCode code, Object... values) {
    this(Notice.of(code, values));
  }

  /** The same for a notice that is there already. */
  public PartitionProblem(Notice notice) {
    super(notice.toString());
    this.notice = notice;
  }

  /** What to tell people. */
  public Notice notice() {
    return notice;
  }
}
