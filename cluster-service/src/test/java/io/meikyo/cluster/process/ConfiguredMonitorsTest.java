// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.cluster.config.ConfigReader;
import io.meikyo.cluster.exec.Limit;
import io.meikyo.cluster.monitor.MonitorMaker;
import io.meikyo.cluster.resource.MirrorPort;
import io.meikyo.cluster.systemd.Systemctl;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.FinalAction;
import io.meikyo.core.cluster.config.Monitor;
import io.meikyo.core.cluster.config.MonitorSettings;
import io.meikyo.core.cluster.config.SelfFencing;
import io.meikyo.core.notice.Notice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Monitors of a configuration at work, the scripts of their ladders, and how a server goes down.
 */
@Timeout(60)
class ConfiguredMonitorsTest {
  private static final MirrorPort NO_AGENT =
      new MirrorPort() {
        @Override
        public CompletableFuture<Answer> ask(List<String> words, Limit limit) {
          return CompletableFuture.completedFuture(
              new Answer(Kind.NO_AGENT, -1, Map.of(), words.toString()));
        }

        @Override
        public String place() {
          return "nowhere";
        }
      };

  @TempDir Path folder;

  private final ClusterConfig config =
      ConfigReader.read(Path.of("../docs/examples/meikyo.toml")).config().orElseThrow();
  private final ConfiguredMonitors monitors =
      new ConfiguredMonitors(
          "server1",
          new MonitorMaker(NO_AGENT, new Systemctl("systemctl", Path.of("/no/systemd"))));

  private static Monitor monitor(MonitorSettings settings, @Nullable String script) {
    return new Monitor(
        "m1",
        false,
        settings,
        List.of("server1"),
        1,
        2_000_000_000L,
        0,
        0,
        Monitor.When.ALWAYS,
        "fip1",
        "failover1",
        new Monitor.Ladder(script, 1, 5_000_000_000L, 0, 0, FinalAction.NONE, 0, 0, 0));
  }

  private Path script(String body) throws Exception {
    Path file = folder.resolve("it's a script");
    Files.writeString(file, "#!/bin/sh\n" + body + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file;
  }

  @Test
  void aLookFindsWhatIsSo() throws Exception {
    Path flag = folder.resolve("flag");
    Path script = script("test -e '" + flag + "'");
    Monitor m = monitor(new MonitorSettings.Script(script.toString(), ""), null);
    assertThat(monitors.look(config, m).well()).isFalse();
    Files.createFile(flag);
    assertThat(monitors.look(config, m).well()).isTrue();
  }

  @Test
  void theFloatingIpOfTheTargetIsLookedFor() {
    Monitor m = monitor(new MonitorSettings.Fipw(false), null);
    MonitorDesk.Finding found = monitors.look(config, m);
    assertThat(found.well()).isFalse();
    assertThat(found.notice().toString()).contains("10.77.0.100");
  }

  @Test
  void aLookThatTakesTooLongIsAFailure() throws Exception {
    Path script = script("exec tail -f /dev/null");
    Monitor m = monitor(new MonitorSettings.Script(script.toString(), ""), null);
    assertThat(monitors.look(config, m).well()).isFalse();
  }

  @Test
  void theScriptOfALadderIsToldWhatItIsAbout() throws Exception {
    Path told = folder.resolve("told");
    Path script = script("echo $MEIKYO_MONITOR $MEIKYO_SERVER $MEIKYO_GROUP > '" + told + "'");
    Monitor m = monitor(new MonitorSettings.Nic("eth0"), script.toString());
    assertThat(monitors.script(config, m).well()).isTrue();
    assertThat(Files.readString(told)).isEqualTo("m1 server1 failover1\n");
  }

  @Test
  void aScriptThatFailsSaysWhy() throws Exception {
    Path script = script("echo no room >&2; exit 3");
    Monitor m = monitor(new MonitorSettings.Nic("eth0"), script.toString());
    MonitorDesk.Finding found = monitors.script(config, m);
    assertThat(found.well()).isFalse();
    assertThat(found.notice().toString()).contains("no room");
  }

  @Test
  void aCommandTakesTheServerDownInsteadOfWhatIsConfigured() throws Exception {
    Path down = folder.resolve("down");
    // Who reads it waits until somebody writes.
    assertThat(new ProcessBuilder("mkfifo", down.toString()).start().waitFor()).isZero();
    List<Notice> said = new ArrayList<>();
    Downfall downfall =
        Downfall.of(
            new SelfFencing(1, 1, SelfFencing.LastResort.SYSRQ),
            "echo $1 > '" + down + "'",
            said::add);
    downfall.arm();
    downfall.inOrder(true);
    assertThat(Files.readString(down)).isEqualTo("reboot\n");
    assertThat(said).extracting(Notice::code).containsExactly("fence.armed");
  }
}
