// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ScriptMonitorTest {
  private static ScriptMonitor monitor(String command, String user) {
    return new ScriptMonitor(new ScriptMonitor.Settings("genw1", command, user, 2));
  }

  private static MonitorResult look(String command) {
    return monitor(command, "").check(Looks.context());
  }

  @Test
  void theStatusDecides() {
    Looks.ok(look("true"), MonitorNotice.SCRIPT_OK);
    MonitorResult failed = look("echo queue is full; exit 1");
    Looks.failed(failed, MonitorNotice.SCRIPT_FAILED);
    assertThat(failed.notice().toString()).contains("exit status 1: queue is full");
    Looks.is(look("exit 2"), MonitorResult.Found.WARNING, MonitorNotice.SCRIPT_WARNS);
    Looks.is(
        monitor("sleep 600", "").check(Looks.context(Duration.ofMillis(200))),
        MonitorResult.Found.TIMEOUT,
        MonitorNotice.TIMED_OUT);
  }

  @Test
  void itIsToldWhatItLooksAt() {
    Looks.ok(
        look(
            "test $MEIKYO_EVENT-$MEIKYO_MONITOR-$MEIKYO_SERVER-$MEIKYO_GROUP"
                + " = monitor-genw1-server1-failover1"),
        MonitorNotice.SCRIPT_OK);
  }

  @Test
  void aUserThatIsNotThereSaysNothingOfTheService() {
    Looks.is(
        monitor("true", "no-such-user").check(Looks.context()),
        MonitorResult.Found.WARNING,
        MonitorNotice.CANNOT_LOOK);
  }
}
