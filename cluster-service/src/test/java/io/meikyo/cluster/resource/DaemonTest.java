// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.cluster.exec.Limit;
import io.meikyo.cluster.exec.Proc;
import io.meikyo.linux.Processes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class DaemonTest {
  private static final String LOOP = "while :; do sleep 0.05; done";

  @TempDir private Path folder;
  private final Actions actions = new Actions();

  @AfterEach
  void nothingIsLeft() {
    assertThat(
            Leftovers.kill(actions.occasion.marks("db1"), Limit.of(Duration.ofSeconds(10))).none())
        .isTrue();
  }

  private Daemon daemon(String command) {
    return daemon(command, "", "", Duration.ofSeconds(20));
  }

  private Daemon daemon(String command, String ready, String stop, Duration grace) {
    return new Daemon(
        new Daemon.Settings(
            "db1",
            command,
            ready,
            Duration.ofMillis(100),
            stop,
            Processes.SIGTERM,
            grace,
            "",
            folder.toString(),
            Map.of()),
        folder.resolve("run"));
  }

  private List<Proc> alive() {
    return Leftovers.of(actions.occasion.marks("db1"), Limit.of(Duration.ofSeconds(10)))
        .processes();
  }

  @Test
  void itRunsUntilItIsStopped() throws Exception {
    Daemon daemon = daemon("trap 'echo bye >>log; exit 0' TERM; echo up >>log; " + LOOP);
    Actions.is(daemon.probe(actions.context()), Status.Found.STOPPED, ResourceNotice.RUNS_NOT);
    Actions.ok(daemon.start(actions.context()), ResourceNotice.STARTED);
    Actions.ok(daemon.start(actions.context()), ResourceNotice.RUNS_ALREADY);
    // Another life of the cluster service finds it again.
    Daemon later = daemon("false");
    Actions.is(later.probe(actions.context()), Status.Found.RUNNING, ResourceNotice.RUNS);
    Actions.ok(later.start(actions.context()), ResourceNotice.RUNS_ALREADY);
    Actions.ok(later.stop(actions.context()), ResourceNotice.STOPPED);
    assertThat(Files.readAllLines(folder.resolve("log"))).containsExactly("up", "bye");
    assertThat(alive()).isEmpty();
    Actions.is(later.probe(actions.context()), Status.Found.STOPPED, ResourceNotice.RUNS_NOT);
    Actions.ok(later.stop(actions.context()), ResourceNotice.STOPPED_ALREADY);
  }

  @Test
  void oneThatEndsAtOnceHasNotStarted() {
    ActionResult result = daemon("echo cannot bind >&2; exit 5").start(actions.context());
    Actions.failed(result, ResourceNotice.DAEMON_ENDED);
    assertThat(result.notice().toString()).contains("exit status 5: cannot bind");
  }

  @Test
  void oneThatEndsLaterIsBroken() throws Exception {
    Daemon daemon = daemon("while [ ! -e go ]; do sleep 0.02; done; echo out of memory; exit 9");
    assertThat(daemon.start(actions.context()).ok()).isTrue();
    Files.createFile(folder.resolve("go"));
    Actions.eventually(() -> daemon.probe(actions.context()).found() == Status.Found.FAILED);
    Status status = daemon.probe(actions.context());
    Actions.is(status, Status.Found.FAILED, ResourceNotice.DAEMON_ENDED);
    assertThat(status.notice().toString()).contains("exit status 9: out of memory");
    Files.delete(folder.resolve("go"));
    Actions.ok(daemon.start(actions.context()), ResourceNotice.STARTED);
  }

  @Test
  void itIsStartedWhenItIsReady() throws Exception {
    Daemon daemon =
        daemon("sleep 0.3; touch ready; " + LOOP, "test -e ready", "", Duration.ofSeconds(20));
    Actions.ok(daemon.start(actions.context()), ResourceNotice.STARTED);
    assertThat(folder.resolve("ready")).exists();
  }

  @Test
  void oneThatIsNeverReadyIsTakenDownAgain() {
    Daemon daemon = daemon("setsid sleep 600 & " + LOOP, "false", "", Duration.ofSeconds(20));
    Actions.is(
        daemon.start(actions.context(Duration.ofMillis(700))),
        ActionResult.Outcome.TIMED_OUT,
        ResourceNotice.TIMED_OUT);
    assertThat(alive()).isEmpty();
  }

  @Test
  void whoIsDeafIsKilledAfterTheGrace() throws Exception {
    Daemon daemon =
        daemon("trap '' TERM; setsid sleep 600 & " + LOOP, "", "", Duration.ofMillis(200));
    assertThat(daemon.start(actions.context()).ok()).isTrue();
    Actions.ok(daemon.stop(actions.context()), ResourceNotice.KILLED);
    assertThat(alive()).isEmpty();
  }

  @Test
  void whatItLeftBehindIsAskedToEndToo() throws Exception {
    Daemon daemon =
        daemon(
            "setsid sh -c 'trap \"echo bye >>log; exit 0\" TERM; "
                + LOOP
                + "' & "
                + "while [ ! -e end ]; do sleep 0.02; done");
    assertThat(daemon.start(actions.context()).ok()).isTrue();
    Files.createFile(folder.resolve("end"));
    Actions.eventually(() -> daemon.probe(actions.context()).found() == Status.Found.FAILED);
    assertThat(alive()).isNotEmpty();
    Actions.ok(daemon.stop(actions.context()), ResourceNotice.STOPPED);
    assertThat(Files.readAllLines(folder.resolve("log"))).containsExactly("bye");
    assertThat(alive()).isEmpty();
  }

  @Test
  void oneThatIsReadyAtOnceIsStoppedInTime() {
    Daemon daemon = daemon("exec sleep 600", "true", "", Duration.ofMinutes(10));
    for (int i = 0; i < 5; i++) {
      Actions.ok(daemon.start(actions.context()), ResourceNotice.STARTED);
      Actions.is(daemon.probe(actions.context()), Status.Found.RUNNING, ResourceNotice.RUNS);
      Actions.ok(daemon.stop(actions.context()), ResourceNotice.STOPPED);
    }
  }

  @Test
  void aStopCommandComesFirst() throws Exception {
    Daemon daemon =
        daemon("while [ ! -e end ]; do sleep 0.02; done", "", "touch end", Duration.ofSeconds(20));
    assertThat(daemon.start(actions.context()).ok()).isTrue();
    Actions.ok(daemon.stop(actions.context()), ResourceNotice.STOPPED);
    assertThat(folder.resolve("end")).exists();
  }

  @Test
  void aHardStopAsksNobody() throws Exception {
    Daemon daemon = daemon("trap 'touch asked' TERM; setsid sleep 600 & " + LOOP);
    assertThat(daemon.start(actions.context()).ok()).isTrue();
    Actions.ok(daemon.stopHard(actions.context()), ResourceNotice.KILLED);
    assertThat(folder.resolve("asked")).doesNotExist();
    assertThat(alive()).isEmpty();
    Actions.is(daemon.probe(actions.context()), Status.Found.STOPPED, ResourceNotice.RUNS_NOT);
  }

  @Test
  void itOutlivesWhoStartedItWithItsOutput() throws Exception {
    Daemon daemon = daemon("while :; do echo tick; sleep 0.02; done");
    assertThat(daemon.start(actions.context()).ok()).isTrue();
    Proc main = Recorded.living(folder.resolve("run/db1.pid"));
    // Its own session: a signal to our group does not reach it.
    String stat = Files.readString(main.folder().resolve("stat"));
    String[] rest = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    assertThat(rest[2]).as("its group").isEqualTo(Integer.toString(main.pid()));
    assertThat(rest[3]).as("its session").isEqualTo(Integer.toString(main.pid()));
    Path output = folder.resolve("run/db1.out");
    assertThat(main.folder().resolve("fd/1").toRealPath()).isEqualTo(output.toRealPath());
  }
}
