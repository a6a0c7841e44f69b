// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.cluster.exec.Limit;
import io.meikyo.cluster.resource.MirrorPort;
import io.meikyo.cluster.systemd.Systemctl;
import io.meikyo.core.cluster.config.FinalAction;
import io.meikyo.core.cluster.config.HostPort;
import io.meikyo.core.cluster.config.IpAddress;
import io.meikyo.core.cluster.config.Monitor;
import io.meikyo.core.cluster.config.MonitorKind;
import io.meikyo.core.cluster.config.MonitorSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every kind of the configuration becomes a monitor that looks at what was configured. */
@Timeout(60)
class MonitorMakerTest {
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

  private static MonitorResult look(MonitorSettings settings) {
    Monitor monitor =
        new Monitor(
            "m1",
            false,
            settings,
            List.of("server1"),
            1,
            2_000_000_000L,
            0,
            0,
            Monitor.When.ALWAYS,
            null,
            null,
            new Monitor.Ladder(null, 0, 0, 0, 0, FinalAction.NONE, 0, 0, 0));
    MonitorMaker maker =
        new MonitorMaker(NO_AGENT, new Systemctl("systemctl", Path.of("/no/systemd/here")));
    try (var made = maker.of(monitor, "198.51.100.77")) {
      assertThat(made.name()).isEqualTo("m1");
      return made.check(Looks.context());
    }
  }

  @Test
  void eachKindLooksAtWhatIsConfigured(@TempDir Path folder) throws Exception {
    Path script = Files.writeString(folder.resolve("it's a check"), "#!/bin/sh\nexit 0\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    HostPort nobody = HostPort.parse("127.0.0.1:1");
    Map<MonitorSettings, MonitorNotice> all =
        Map.ofEntries(
            Map.entry(new MonitorSettings.Fipw(true), MonitorNotice.FIP_GONE),
            Map.entry(new MonitorSettings.Mdnw("md1"), MonitorNotice.AGENT_GONE),
            Map.entry(new MonitorSettings.Mdw("md1", true), MonitorNotice.AGENT_GONE),
            Map.entry(
                new MonitorSettings.Ping(List.of(IpAddress.parse("127.0.0.1")), true),
                MonitorNotice.PING_ANSWERED),
            Map.entry(new MonitorSettings.Nic("nic77"), MonitorNotice.NIC_NONE),
            Map.entry(new MonitorSettings.Disk(folder.toString()), MonitorNotice.DISK_OK),
            Map.entry(new MonitorSettings.Running("no-such-prog", 1, 0), MonitorNotice.PROCESS_FEW),
            Map.entry(
                new MonitorSettings.Script(script.toString(), "root"), MonitorNotice.SCRIPT_OK),
            Map.entry(
                new MonitorSettings.Http("http://127.0.0.1:1/", 200, 399, null, true),
                MonitorNotice.HTTP_FAILED),
            Map.entry(new MonitorSettings.Port(nobody), MonitorNotice.PORT_CLOSED),
            Map.entry(new MonitorSettings.Systemd("db.service"), MonitorNotice.CANNOT_LOOK));
    Set<MonitorKind> kinds = EnumSet.allOf(MonitorKind.class);
    List<String> different = new ArrayList<>();
    all.forEach((settings, expected) -> {
      kinds.remove(settings.kind());
      String said = look(settings).notice().toString();
      if (!said.startsWith(expected.key() + " (")) {
        different.add(settings + " says " + said);
      }
    });
    assertThat(different).isEmpty();
    // Without psql it cannot look; with it nobody answers.
    MonitorResult postgres =
        look(new MonitorSettings.Postgresql(nobody, "postgres", "postgres", null, "select 1"));
    assertThat(postgres.found()).isIn(MonitorResult.Found.FAILED, MonitorResult.Found.WARNING);
    kinds.remove(MonitorKind.POSTGRESQL);
    assertThat(kinds).as("kinds without a sample").isEmpty();
  }
}
