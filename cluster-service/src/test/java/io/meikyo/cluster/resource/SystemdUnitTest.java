// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.meikyo.cluster.systemd.StandIn;
import io.meikyo.cluster.systemd.Systemctl;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SystemdUnitTest {
  @TempDir private Path folder;
  private final Actions actions = new Actions();
  private StandIn standIn;
  private SystemdUnit unit;

  @BeforeEach
  void make() throws Exception {
    standIn = new StandIn(folder);
    unit = unit(standIn.systemctl());
  }

  private static SystemdUnit unit(Systemctl systemctl) {
    return new SystemdUnit(new SystemdUnit.Settings("db1", "db.service"), systemctl);
  }

  @Test
  void itIsStartedAndStopped() throws Exception {
    standIn.on("start", standIn.becomes("active", "running"));
    standIn.on("stop", standIn.becomes("inactive", "dead"));
    Actions.is(
        unit.probe(actions.context()), Status.Found.STOPPED, ResourceNotice.SYSTEMD_INACTIVE);
    ActionResult started = unit.start(actions.context());
    Actions.ok(started, ResourceNotice.SYSTEMD_ACTIVE);
    assertThat(started.notice().toString()).contains("state=active (running)");
    Actions.ok(unit.start(actions.context()), ResourceNotice.SYSTEMD_ACTIVE);
    Actions.is(unit.probe(actions.context()), Status.Found.RUNNING, ResourceNotice.SYSTEMD_ACTIVE);
    Actions.ok(unit.stop(actions.context()), ResourceNotice.SYSTEMD_INACTIVE);
    Actions.ok(unit.stop(actions.context()), ResourceNotice.SYSTEMD_INACTIVE);
    assertThat(standIn.asked().lines().filter(line -> !line.startsWith("show")))
        .containsExactly(
            "start --no-ask-password -- db.service", "stop --no-ask-password -- db.service");
    assertThat(actions.said).isEmpty();
  }

  @Test
  void aUnitThatSystemdStartsByItselfIsWarnedOf() throws Exception {
    standIn.is("loaded", "active", "running", "enabled");
    Actions.ok(unit.start(actions.context()), ResourceNotice.SYSTEMD_ACTIVE);
    assertThat(actions.heard(ResourceNotice.SYSTEMD_ENABLED)).isTrue();
  }

  @Test
  void aUnitThatIsNotThereIsSaid() throws Exception {
    standIn.is("not-found", "inactive", "dead", "");
    Actions.failed(unit.start(actions.context()), ResourceNotice.SYSTEMD_UNKNOWN);
    standIn.is("masked", "inactive", "dead", "masked");
    Actions.failed(unit.start(actions.context()), ResourceNotice.SYSTEMD_UNKNOWN);
  }

  @Test
  void aStartThatFailsIsSaidWithItsReason() throws Exception {
    standIn.on("start", "echo 'Job for db.service failed.' >&2; exit 1");
    ActionResult result = unit.start(actions.context());
    Actions.failed(result, ResourceNotice.COMMAND_FAILED);
    assertThat(result.notice().toString()).contains("Job for db.service failed.");
    standIn.on("start", standIn.becomes("failed", "failed"));
    ActionResult broken = unit.start(actions.context());
    Actions.failed(broken, ResourceNotice.SYSTEMD_BROKEN);
    assertThat(broken.notice().toString()).contains("state=failed (exit-code)");
    Actions.is(unit.probe(actions.context()), Status.Found.FAILED, ResourceNotice.SYSTEMD_BROKEN);
  }

  @Test
  void aStartThatLastsTooLongEndsForUs() throws Exception {
    standIn.on("start", "exec sleep 600");
    Actions.is(
        unit.start(actions.context(Duration.ofSeconds(1))),
        ActionResult.Outcome.TIMED_OUT,
        ResourceNotice.TIMED_OUT);
    standIn.is("loaded", "activating", "start", "disabled");
    Actions.is(unit.probe(actions.context()), Status.Found.UNKNOWN, ResourceNotice.SYSTEMD_BETWEEN);
  }

  @Test
  void aHardStopKillsAndKeepsItFromComingBack() throws Exception {
    standIn.is("loaded", "deactivating", "stop-sigterm", "disabled");
    standIn.on("kill", standIn.becomes("failed", "failed"));
    Actions.ok(unit.stopHard(actions.context()), ResourceNotice.SYSTEMD_INACTIVE);
    assertThat(standIn.asked().lines().filter(line -> !line.startsWith("show")))
        .containsExactly(
            "stop --no-ask-password --no-block -- db.service",
            "kill --no-ask-password --signal=SIGKILL -- db.service");
    standIn.is("loaded", "deactivating", "stop-sigterm", "disabled");
    standIn.on("kill", "true");
    Actions.failed(
        unit.stopHard(actions.context(Duration.ofSeconds(4))), ResourceNotice.SYSTEMD_BROKEN);
  }

  @Test
  void whereNoSystemdRunsThatIsSaid() {
    assumeThat(Path.of("/run/systemd/system")).as("no systemd runs here").doesNotExist();
    SystemdUnit real = unit(new Systemctl());
    Actions.failed(real.start(actions.context()), ResourceNotice.SYSTEMD_NONE);
    Actions.is(real.probe(actions.context()), Status.Found.UNKNOWN, ResourceNotice.SYSTEMD_NONE);
  }
}
