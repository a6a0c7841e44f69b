// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.cluster.exec.Limit;
import io.meikyo.cluster.exec.Proc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ScriptTest {
  @TempDir private Path folder;
  private final Actions actions = new Actions();
  private Path run;
  private Path log;

  @BeforeEach
  void places() {
    run = folder.resolve("run");
    log = folder.resolve("log");
  }

  @AfterEach
  void nothingIsLeft() {
    assertThat(
            Leftovers.kill(actions.occasion.marks("exec1"), Limit.of(Duration.ofSeconds(10)))
                .none())
        .isTrue();
  }

  private Script script(String start, String stop, String probe) {
    return new Script(
        new Script.Settings("exec1", start, stop, probe, "", folder.toString(), Map.of("A", "b")),
        run);
  }

  private Script logging() {
    return script("echo start $CLP_EVENT >>log", "echo stop $CLP_EVENT >>log", "");
  }

  private List<Proc> alive() {
    return Leftovers.of(actions.occasion.marks("exec1"), Limit.of(Duration.ofSeconds(10)))
        .processes();
  }

  @Test
  void eachCommandIsRunOnce() throws Exception {
    Script script = logging();
    Actions.is(script.probe(actions.context()), Status.Found.STOPPED, ResourceNotice.RUNS_NOT);
    Actions.ok(script.stop(actions.context()), ResourceNotice.STOPPED_ALREADY);
    Actions.ok(script.start(actions.context()), ResourceNotice.COMMAND_DONE);
    Actions.ok(script.start(actions.context()), ResourceNotice.RUNS_ALREADY);
    // Another life of the cluster service remembers.
    Script later = logging();
    Actions.is(later.probe(actions.context()), Status.Found.RUNNING, ResourceNotice.RUNS);
    Actions.ok(later.start(actions.context()), ResourceNotice.RUNS_ALREADY);
    Actions.ok(later.stop(actions.context()), ResourceNotice.COMMAND_DONE);
    Actions.ok(later.stop(actions.context()), ResourceNotice.STOPPED_ALREADY);
    assertThat(Files.readAllLines(log)).containsExactly("start FAILOVER", "stop FAILOVER");
  }

  @Test
  void scriptsAreToldWhatIsWantedInBothManners() throws Exception {
    Script script = script("env | sort >env.txt; pwd >>env.txt", "", "");
    assertThat(script.start(actions.context()).ok()).isTrue();
    assertThat(Files.readAllLines(folder.resolve("env.txt")))
        .contains(
            "A=b",
            "MEIKYO_EVENT=start",
            "MEIKYO_REASON=failover",
            "MEIKYO_GROUP=" + actions.occasion.group(),
            "MEIKYO_SERVER=server1",
            "MEIKYO_RESOURCE=exec1",
            "MEIKYO_HOME=yes",
            "MEIKYO_PRIORITY=1",
            "CLP_EVENT=FAILOVER",
            "CLP_SERVER=HOME",
            "CLP_DISK=SUCCESS",
            "CLP_PRIORITY=1",
            "CLP_GROUPNAME=" + actions.occasion.group(),
            "CLP_RESOURCENAME=exec1",
            folder.toString());
    Occasion other = new Occasion("failover1", "server2", Occasion.Reason.RESTART, false, 2);
    assertThat(other.environment("stop", "exec1"))
        .containsEntry("CLP_EVENT", "START")
        .containsEntry("CLP_SERVER", "OTHER")
        .containsEntry("MEIKYO_REASON", "restart");
    Actions.ok(script.stop(actions.context()), ResourceNotice.STOPPED);
  }

  @Test
  void aStatusOtherThan0IsAFailureWithTheLastWords() throws Exception {
    Script script = script("echo begun; echo no port free >&2; exit 4", "", "");
    ActionResult result = script.start(actions.context());
    Actions.failed(result, ResourceNotice.COMMAND_FAILED);
    assertThat(result.notice().toString()).contains("said=exit status 4: no port free");
    assertThat(actions.said).anyMatch(n -> n.toString().contains("text=begun\nno port free"));
    Actions.is(script.probe(actions.context()), Status.Found.UNKNOWN, ResourceNotice.HALF_DONE);
  }

  @Test
  void afterAFailedStartTheStopCommandCleansUpFirst() throws Exception {
    Script script = script("echo start >>log; test -e ready", "echo stop >>log", "");
    Actions.failed(script.start(actions.context()), ResourceNotice.COMMAND_FAILED);
    Files.createFile(folder.resolve("ready"));
    Actions.ok(script.start(actions.context()), ResourceNotice.COMMAND_DONE);
    assertThat(Files.readAllLines(log)).containsExactly("start", "stop", "start");
  }

  @Test
  void aDeadlineKillsTheCommandAndWhatItStarted() throws Exception {
    Script script = script("sleep 600 & sleep 600", "true", "");
    ActionResult result = script.start(actions.context(Duration.ofMillis(400)));
    Actions.is(result, ActionResult.Outcome.TIMED_OUT, ResourceNotice.TIMED_OUT);
    Actions.eventually(() -> alive().isEmpty());
  }

  @Test
  void aCommandOfAFormerLifeThatStillRunsIsKilledBeforeItIsBegunAnew() throws Exception {
    Script script = script("echo start >>log; test -e ready || sleep 600", "echo stop >>log", "");
    Thread former = Thread.ofPlatform().daemon().start(() -> script.start(actions.context()));
    Actions.eventually(() -> Files.exists(log));
    Files.createFile(folder.resolve("ready"));
    Script later = script("echo start >>log", "echo stop >>log", "");
    Actions.ok(later.start(actions.context()), ResourceNotice.COMMAND_DONE);
    assertThat(actions.heard(ResourceNotice.HALF_DONE_KILLED)).isTrue();
    former.join();
    assertThat(Files.readAllLines(log)).containsExactly("start", "stop", "start");
    assertThat(alive()).isEmpty();
  }

  @Test
  void whatItLeavesInTheBackgroundRunsOnAndAHardStopFindsIt() throws Exception {
    Script script = script("setsid sleep 600 & sleep 600 & true", "true", "");
    Actions.ok(script.start(actions.context()), ResourceNotice.COMMAND_DONE);
    assertThat(alive()).hasSizeGreaterThanOrEqualTo(2);
    Actions.ok(script.stopHard(actions.context()), ResourceNotice.KILLED);
    assertThat(alive()).isEmpty();
    Actions.is(script.probe(actions.context()), Status.Found.STOPPED, ResourceNotice.RUNS_NOT);
  }

  @Test
  void theProbeCommandDecides() throws Exception {
    Script script =
        script(
            "touch there",
            "rm -f there broken",
            "test -e broken && exit 7; " + "test -e there || exit 3");
    Actions.is(script.probe(actions.context()), Status.Found.STOPPED, ResourceNotice.RUNS_NOT);
    Actions.ok(script.start(actions.context()), ResourceNotice.COMMAND_DONE);
    Actions.is(script.probe(actions.context()), Status.Found.RUNNING, ResourceNotice.RUNS);
    Files.createFile(folder.resolve("broken"));
    Actions.is(script.probe(actions.context()), Status.Found.FAILED, ResourceNotice.COMMAND_FAILED);
    Actions.ok(script.stop(actions.context()), ResourceNotice.COMMAND_DONE);
    // Started by somebody else: it is stopped all the same.
    Files.createFile(folder.resolve("there"));
    Actions.ok(script.stop(actions.context()), ResourceNotice.COMMAND_DONE);
    assertThat(folder.resolve("there")).doesNotExist();
    Script slow = script("true", "true", "sleep 600");
    Actions.is(
        slow.probe(actions.context(Duration.ofMillis(200))),
        Status.Found.UNKNOWN,
        ResourceNotice.TIMED_OUT);
  }

  @Test
  void aLongOutputIsShortened() throws Exception {
    Files.createDirectories(run);
    Files.writeString(run.resolve("exec1.out"), "x".repeat(2 << 20) + "end");
    Script script = script("echo more", "", "");
    assertThat(script.start(actions.context()).ok()).isTrue();
    assertThat(Files.size(run.resolve("exec1.out"))).isLessThan(RunFiles.OUTPUT_BYTES_MAX);
    assertThat(Files.readString(run.resolve("exec1.out"))).endsWith("endmore\n");
  }

  @Test
  void aUserThatIsNotThereIsSaid() {
    Script script =
        new Script(
            new Script.Settings("exec1", "true", "", "", "no-such-user", "/", Map.of()), run);
    Actions.failed(script.start(actions.context()), ResourceNotice.NO_USER);
  }

  @Test
  void anotherBootRemembersNothing() throws Exception {
    Files.createDirectories(run);
    Files.writeString(run.resolve("exec1.state"), "12345 started\n");
    Actions.is(logging().probe(actions.context()), Status.Found.STOPPED, ResourceNotice.RUNS_NOT);
  }
}
