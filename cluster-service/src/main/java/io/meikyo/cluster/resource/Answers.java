// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import io.meikyo.cluster.exec.Child;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.NoticeCode;

/** How a resource puts its answers: each about itself. */
final class Answers {
  private final String name;

  Answers(String name) {
    this.name = name;
  }

  /** A notice about the resource. */
  Notice notice(NoticeCode code, Object... values) {
    return Notice.of(code, values).about("resource", name);
  }

  ActionResult ok(NoticeCode code, Object... values) {
    return new ActionResult(ActionResult.Outcome.OK, notice(code, values));
  }

  ActionResult failed(NoticeCode code, Object... values) {
    return new ActionResult(ActionResult.Outcome.FAILED, notice(code, values));
  }

  /** The limit was over in the middle of something. */
  ActionResult over(ActionContext context, String step) {
    return context.limit().isCancelled()
        ? new ActionResult(
            ActionResult.Outcome.CANCELLED, notice(ResourceNotice.CANCELLED, name, step))
        : new ActionResult(
            ActionResult.Outcome.TIMED_OUT, notice(ResourceNotice.TIMED_OUT, name, step));
  }

  /** The limit was over while a child ran, or the child could not be run. */
  ActionResult of(Child.End end, String step) {
    return switch (end.how()) {
      case CANCELLED ->
          new ActionResult(
              ActionResult.Outcome.CANCELLED,
              end.stuck()
                  ? notice(ResourceNotice.STUCK, name, step, end.pid())
                  : notice(ResourceNotice.CANCELLED, name, step));
      case DEADLINE ->
          new ActionResult(
              ActionResult.Outcome.TIMED_OUT,
              end.stuck()
                  ? notice(ResourceNotice.STUCK, name, step, end.pid())
                  : notice(ResourceNotice.TIMED_OUT, name, step));
      case NO_PROGRAM -> failed(ResourceNotice.NO_PROGRAM, name, step, end.output());
      case EXITED -> failed(ResourceNotice.COMMAND_FAILED, name, step, end.said());
    };
  }

  Status running(NoticeCode code, Object... values) {
    return new Status(Status.Found.RUNNING, notice(code, values));
  }

  Status stopped(NoticeCode code, Object... values) {
    return new Status(Status.Found.STOPPED, notice(code, values));
  }

  Status unknown(NoticeCode code, Object... values) {
    return new Status(Status.Found.UNKNOWN, notice(code, values));
  }

  Status broken(NoticeCode code, Object... values) {
    return new Status(Status.Found.FAILED, notice(code, values));
  }
}
