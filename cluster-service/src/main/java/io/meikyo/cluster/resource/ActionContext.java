// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import io.meikyo.cluster.exec.Limit;
import io.meikyo.core.notice.Notice;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Under what an action runs.
 *
 * @param limit until when it may last, and whether it is still wanted
 * @param occasion why, for scripts
 * @param notices takes what is worth a line in the log while it goes on; any thread
 */
public record ActionContext(Limit limit, Occasion occasion, Consumer<Notice> notices) {

  /** The same, but at most so long from now on. */
  public ActionContext within(Duration time) {
    return new ActionContext(limit.within(time), occasion, notices);
  }

  /** Says something. */
  public void say(Notice notice) {
    notices.accept(notice);
  }
}
