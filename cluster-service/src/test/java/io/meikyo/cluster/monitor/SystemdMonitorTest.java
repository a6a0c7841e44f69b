// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import static org.assertj.core.api.Assumptions.assumeThat;

import io.meikyo.cluster.systemd.StandIn;
import io.meikyo.cluster.systemd.Systemctl;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SystemdMonitorTest {
  private static MonitorResult look(Systemctl systemctl, Duration time) {
    return new SystemdMonitor(new SystemdMonitor.Settings("systemd1", "db.service"), systemctl)
        .check(Looks.context(time));
  }

  @Test
  void theStateDecides(@TempDir Path folder) throws Exception {
    StandIn standIn = new StandIn(folder);
    Duration time = Duration.ofSeconds(30);
    standIn.is("loaded", "active", "running", "disabled");
    Looks.ok(look(standIn.systemctl(), time), MonitorNotice.UNIT_ACTIVE);
    standIn.is("loaded", "activating", "start", "disabled");
    Looks.is(
        look(standIn.systemctl(), time), MonitorResult.Found.WARNING, MonitorNotice.UNIT_BETWEEN);
    standIn.is("loaded", "failed", "failed", "disabled");
    Looks.failed(look(standIn.systemctl(), time), MonitorNotice.UNIT_INACTIVE);
    standIn.is("not-found", "inactive", "dead", "");
    Looks.failed(look(standIn.systemctl(), time), MonitorNotice.UNIT_INACTIVE);
    standIn.on("show", "exec sleep 600");
    Looks.is(
        look(standIn.systemctl(), Duration.ofMillis(300)),
        MonitorResult.Found.TIMEOUT,
        MonitorNotice.TIMED_OUT);
    standIn.on("show", "echo no bus; exit 1");
    Looks.is(
        look(standIn.systemctl(), time), MonitorResult.Found.WARNING, MonitorNotice.CANNOT_LOOK);
  }

  @Test
  void whereNoSystemdRunsNothingIsKnown() {
    assumeThat(Path.of("/run/systemd/system")).as("no systemd runs here").doesNotExist();
    Looks.is(
        look(new Systemctl(), Duration.ofSeconds(10)),
        MonitorResult.Found.WARNING,
        MonitorNotice.CANNOT_LOOK);
  }
}
