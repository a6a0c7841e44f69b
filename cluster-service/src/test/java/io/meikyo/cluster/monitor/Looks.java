// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.cluster.exec.Cancellation;
import io.meikyo.cluster.exec.Limit;
import io.meikyo.cluster.exec.NanoClock;
import io.meikyo.core.notice.NoticeCode;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Contexts for looks, and what is expected of them. */
final class Looks {
  private Looks() {}

  static CheckContext context() {
    return context(Duration.ofSeconds(30));
  }

  static CheckContext context(Duration time) {
    return new CheckContext(Limit.of(time), "server1", "failover1");
  }

  static CheckContext cancelled() {
    Cancellation word = new Cancellation();
    word.cancel();
    return new CheckContext(
        new Limit(NanoClock.BOOT, Long.MAX_VALUE, word), "server1", "failover1");
  }

  static void is(MonitorResult result, MonitorResult.Found found, NoticeCode code) {
    assertThat(result.notice().toString()).startsWith(code.key() + " (");
    assertThat(result.found()).isEqualTo(found);
    assertThat(result.notice().subjects()).extracting("kind").containsExactly("monitor");
  }

  static void ok(MonitorResult result, NoticeCode code) {
    is(result, MonitorResult.Found.OK, code);
  }

  static void failed(MonitorResult result, NoticeCode code) {
    is(result, MonitorResult.Found.FAILED, code);
  }

  static void eventually(BooleanSupplier happens) {
    Limit limit = Limit.of(Duration.ofSeconds(30));
    while (!happens.getAsBoolean()) {
      assertThat(limit.pause(Duration.ofMillis(10))).as("it happens in time").isTrue();
    }
  }
}
