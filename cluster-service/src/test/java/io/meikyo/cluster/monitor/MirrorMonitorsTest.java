// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.cluster.exec.Limit;
import io.meikyo.cluster.real.RealMirror;
import io.meikyo.cluster.real.Space;
import io.meikyo.cluster.resource.ControlMirror;
import io.meikyo.cluster.resource.MirrorPort;
import io.meikyo.linux.Processes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class MirrorMonitorsTest {

  private static MonitorResult link(MirrorPort agent, Duration time) {
    return new MirrorLinkMonitor(new MirrorLinkMonitor.Settings("mdnw1", "md1"), agent)
        .check(Looks.context(time));
  }

  private static MonitorResult disk(MirrorPort agent, Duration time) {
    return new MirrorDiskMonitor(new MirrorDiskMonitor.Settings("mdw1", "md1"), agent)
        .check(Looks.context(time));
  }

  /** The facts of an agent on server1 with one or two peers. */
  private static Map<String, String> facts(String role, String inSync) {
    Map<String, String> facts = new HashMap<>();
    facts.put("role", role);
    facts.put("condition", "CONSISTENT");
    facts.put("server", "server1");
    facts.put("inSync", inSync);
    return facts;
  }

  private static void peer(
      Map<String, String> facts, String name, boolean connected, String mode, String outcome) {
    facts.put("peers." + name + ".connected", String.valueOf(connected));
    facts.put("peers." + name + ".mode", mode);
    facts.put("peers." + name + ".outcome", outcome);
    facts.put("peers." + name + ".dirtyChunks", "7");
    facts.put("peers." + name + ".path", "10.0.0.2:7760");
  }

  private static MirrorPort says(Map<String, String> facts) {
    return says(new MirrorPort.Answer(MirrorPort.Kind.ANSWERED, 0, facts, ""));
  }

  private static MirrorPort says(MirrorPort.Answer answer) {
    return new MirrorPort() {
      @Override
      public CompletableFuture<Answer> ask(List<String> words, Limit limit) {
        assertThat(words).containsExactly("mirror.status", "md1");
        return CompletableFuture.completedFuture(answer);
      }

      @Override
      public String place() {
        return "here";
      }
    };
  }

  private static final Duration TIME = Duration.ofSeconds(10);

  @Test
  void theLinkIsThereOrNot() {
    Map<String, String> facts = facts("ACTIVE", "server1, server2");
    peer(facts, "server2", true, "RESUME", "STILL_IN_SYNC");
    MonitorResult up = link(says(facts), TIME);
    Looks.ok(up, MonitorNotice.LINK_UP);
    assertThat(up.notice().toString()).contains("server2 over 10.0.0.2:7760");
    peer(facts, "server3", false, "NONE", "NOT_CONNECTED");
    Looks.is(link(says(facts), TIME), MonitorResult.Found.WARNING, MonitorNotice.LINK_PARTLY);
    peer(facts, "server2", false, "NONE", "NOT_CONNECTED");
    Looks.failed(link(says(facts), TIME), MonitorNotice.LINK_DOWN);
  }

  @Test
  void theMirrorIsWholeOrNot() {
    Map<String, String> facts = facts("ACTIVE", "server1, server2");
    peer(facts, "server2", true, "RESUME", "STILL_IN_SYNC");
    Looks.ok(disk(says(facts), TIME), MonitorNotice.MIRROR_WHOLE);

    facts.put("inSync", "server1");
    peer(facts, "server2", true, "DIFFERENTIAL", "KNOWN_DIFFERENCE");
    MonitorResult recovers = disk(says(facts), TIME);
    Looks.is(recovers, MonitorResult.Found.WARNING, MonitorNotice.MIRROR_RECOVERS);
    assertThat(recovers.notice().toString()).contains("dirty=7");

    peer(facts, "server2", true, "NONE", "DIVERGED");
    MonitorResult apart = disk(says(facts), TIME);
    Looks.is(apart, MonitorResult.Found.WARNING, MonitorNotice.MIRROR_APART);
    assertThat(apart.notice().toString()).contains("outcome=DIVERGED");

    peer(facts, "server2", false, "NONE", "NOT_CONNECTED");
    Looks.is(disk(says(facts), TIME), MonitorResult.Found.WARNING, MonitorNotice.MIRROR_ALONE);
    peer(facts, "server2", true, "NONE", "PEER_FAILED");
    Looks.is(
        disk(says(facts), TIME), MonitorResult.Found.WARNING, MonitorNotice.MIRROR_PEER_FAILED);
    facts.put("role", "FAILED");
    Looks.failed(disk(says(facts), TIME), MonitorNotice.MIRROR_DISK_FAILED);
  }

  @Test
  void aStandbyLooksAtItsOwnReplica() {
    Map<String, String> facts = facts("STANDBY", "server1, server2");
    peer(facts, "server2", false, "NONE", "NOT_CONNECTED");
    Looks.ok(disk(says(facts), TIME), MonitorNotice.MIRROR_WHOLE);
    facts.put("inSync", "server2");
    facts.put("condition", "INCONSISTENT");
    Looks.is(disk(says(facts), TIME), MonitorResult.Found.WARNING, MonitorNotice.MIRROR_BEHIND);
  }

  @Test
  void anAgentThatDoesNotAnswerIsAFailure() {
    for (MirrorPort.Kind kind :
        List.of(MirrorPort.Kind.NO_AGENT, MirrorPort.Kind.LOST, MirrorPort.Kind.SILENT)) {
      MirrorPort.Answer none = new MirrorPort.Answer(kind, -1, Map.of(), "why");
      Looks.failed(disk(says(none), TIME), MonitorNotice.AGENT_GONE);
      Looks.failed(link(says(none), TIME), MonitorNotice.AGENT_GONE);
    }
    MirrorPort.Answer unknown =
        new MirrorPort.Answer(MirrorPort.Kind.ANSWERED, 2, Map.of(), "no such mirror disk");
    Looks.failed(disk(says(unknown), TIME), MonitorNotice.AGENT_GONE);
  }

  @Test
  void aRealAgentSaysWhatIsUnderstood() throws Exception {
    Path folder = Files.createTempDirectory(Path.of("/tmp"), "mkmm");
    Space space = new Space();
    RealMirror real = new RealMirror(space, folder, "nbd");
    try {
      MirrorPort agent = new ControlMirror(real.socket(), "en");
      Looks.failed(disk(agent, TIME), MonitorNotice.AGENT_GONE);
      real.start();
      // A new pair: nobody was ever active, so nobody is in sync.
      Looks.eventually(() -> disk(agent, TIME).found() == MonitorResult.Found.WARNING);
      Looks.is(disk(agent, TIME), MonitorResult.Found.WARNING, MonitorNotice.MIRROR_BEHIND);
      Looks.failed(link(agent, TIME), MonitorNotice.LINK_DOWN);
      assertThat(link(agent, TIME).notice().toString()).contains("peers=server2");
      Looks.eventually(() -> {
        var end =
            agent.ask(
                List.of("mirror.activate", "md1", "wait=20"), Limit.of(Duration.ofSeconds(20)));
        return end.join().ok();
      });
      Looks.is(disk(agent, TIME), MonitorResult.Found.WARNING, MonitorNotice.MIRROR_ALONE);

      assertThat(Processes.kill((int) real.agent().pid(), Processes.SIGSTOP)).isZero();
      Looks.is(
          disk(agent, Duration.ofMillis(300)),
          MonitorResult.Found.TIMEOUT,
          MonitorNotice.TIMED_OUT);
    } finally {
      real.end();
      space.close();
      try (var all = Files.walk(folder)) {
        for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(p);
        }
      }
    }
  }
}
