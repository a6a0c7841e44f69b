// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import io.meikyo.cluster.exec.Child;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.NoticeCode;

/** How a monitor puts what it found: each about itself. */
final class Findings {
  private final String name;

  Findings(String name) {
    this.name = name;
  }

  private MonitorResult result(MonitorResult.Found found, NoticeCode code, Object... values) {
    return new MonitorResult(found, Notice.of(code, values).about("monitor", name));
  }

  MonitorResult ok(NoticeCode code, Object... values) {
    return result(MonitorResult.Found.OK, code, values);
  }

  MonitorResult warning(NoticeCode code, Object... values) {
    return result(MonitorResult.Found.WARNING, code, values);
  }

  MonitorResult failed(NoticeCode code, Object... values) {
    return result(MonitorResult.Found.FAILED, code, values);
  }

  /** It could not be looked at, which says nothing of it. */
  MonitorResult cannot(String why) {
    return warning(MonitorNotice.CANNOT_LOOK, name, why);
  }

  /** The limit was over first. */
  MonitorResult over(CheckContext context, String what) {
    return context.limit().isCancelled()
        ? warning(MonitorNotice.CANCELLED, name)
        : result(MonitorResult.Found.TIMEOUT, MonitorNotice.TIMED_OUT, name, what);
  }

  /** A child did not exit by itself. */
  MonitorResult of(CheckContext context, Child.End end, String what) {
    return switch (end.how()) {
      case NO_PROGRAM -> cannot(end.output());
      case CANCELLED -> warning(MonitorNotice.CANCELLED, name);
      case DEADLINE, EXITED -> over(context, what);
    };
  }
}
