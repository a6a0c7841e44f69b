// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.cluster.exec.Cancellation;
import io.meikyo.cluster.exec.Limit;
import io.meikyo.cluster.exec.NanoClock;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.NoticeCode;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;

/** The caller of a resource's actions, and what it hears. */
final class Actions {
  final List<Notice> said = new CopyOnWriteArrayList<>();
  final Cancellation cancellation = new Cancellation();

  /** The group's name is one of a kind: processes of other tests are not ours. */
  final Occasion occasion =
      new Occasion("failover-" + UUID.randomUUID(), "server1", Occasion.Reason.FAILOVER, true, 1);

  /** With time enough. */
  ActionContext context() {
    return context(Duration.ofSeconds(30));
  }

  ActionContext context(Duration time) {
    Limit limit = new Limit(NanoClock.BOOT, NanoClock.BOOT.nanos() + time.toNanos(), cancellation);
    return new ActionContext(limit, occasion, said::add);
  }

  /** True if something with this code was said. */
  boolean heard(NoticeCode code) {
    return said.stream().anyMatch(n -> n.code().equals(code.key()));
  }

  static void is(ActionResult result, ActionResult.Outcome outcome, NoticeCode code) {
    assertThat(result.notice().toString()).startsWith(code.key() + " (");
    assertThat(result.outcome()).isEqualTo(outcome);
  }

  static void ok(ActionResult result, NoticeCode code) {
    is(result, ActionResult.Outcome.OK, code);
  }

  static void failed(ActionResult result, NoticeCode code) {
    is(result, ActionResult.Outcome.FAILED, code);
  }

  static void is(Status status, Status.Found found, NoticeCode code) {
    assertThat(status.notice().toString()).startsWith(code.key() + " (");
    assertThat(status.found()).isEqualTo(found);
  }

  static void eventually(BooleanSupplier happens) {
    Limit limit = Limit.of(Duration.ofSeconds(30));
    while (!happens.getAsBoolean()) {
      assertThat(limit.pause(Duration.ofMillis(10))).as("it happens in time").isTrue();
    }
  }
}
