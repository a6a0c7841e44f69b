// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.config.AgentConfigReader;
import io.meikyo.cluster.config.ConfigReader;
import io.meikyo.cluster.systemd.StandIn;
import io.meikyo.core.cluster.ConfigState;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.notice.Notice;
import io.meikyo.tls.TlsFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The mirror agent's configuration, and when its agent is restarted for it. */
class AgentFileTest {
  private static final UUID CLUSTER = new UUID(1, 2);
  private static final UUID MD1 = new UUID(3, 4);
  private static final Path EXAMPLE =
      Path.of(System.getProperty("meikyo.root", ".."), "docs/examples/meikyo.toml");

  @TempDir Path root;
  private ServiceFolder folder;
  private StandIn systemd;
  private ClusterConfig config;
  private final List<String> said = new CopyOnWriteArrayList<>();

  @BeforeEach
  void server() throws Exception {
    folder = new ServiceFolder(root, root.resolve("run"));
    Files.createDirectories(folder.run());
    systemd = new StandIn(Files.createDirectories(root.resolve("systemd")));
    config = ConfigReader.read("x", Files.readString(EXAMPLE)).config().orElseThrow();
  }

  private AgentFile file(@Nullable String unit) {
    Path pki = folder.pki();
    TlsFiles tls =
        new TlsFiles(pki.resolve("node.key"), pki.resolve("node.crt"), pki.resolve("ca.crt"), null);
    return new AgentFile(
        folder,
        "server1",
        tls,
        unit,
        systemd.systemctl(),
        (Notice notice) -> said.add(notice.code()));
  }

  private static ConfigState state() {
    TreeMap<String, ConfigState.DiskFacts> disks = new TreeMap<>();
    disks.put("md1", new ConfigState.DiskFacts(MD1, List.of("server1", "server2")));
    return new ConfigState(1, "", new TreeMap<>(), disks, "t");
  }

  /** The agent was started so many seconds after its file was written. */
  private void agentStarted(int after) throws Exception {
    if (!Files.exists(folder.agent())) {
      Files.createFile(folder.agent());
    }
    long written = Files.getLastModifiedTime(folder.agentConfig()).toMillis();
    Files.setLastModifiedTime(folder.agent(), FileTime.fromMillis(written + after * 1000L));
  }

  private static Map<String, Map<String, String>> role(String role) {
    return Map.of("md1", Map.of("role", role));
  }

  @Test
  void itIsWhatAnAgentReadsAndIsWrittenOnce() throws Exception {
    AgentFile file = file(null);
    file.write(config, CLUSTER, state());
    FileTime first = Files.getLastModifiedTime(folder.agentConfig());
    var agent = AgentConfigReader.read(folder.agentConfig());
    assertThat(agent.control()).isEqualTo(folder.agent());
    assertThat(agent.mirrors().getFirst().spec().identity().diskId()).isEqualTo(MD1);
    assertThat(agent.tls()).isNotNull();
    file.write(config, CLUSTER, state());
    assertThat(Files.getLastModifiedTime(folder.agentConfig())).isEqualTo(first);
    assertThat(said).containsExactly("service.agent-configured");
  }

  @Test
  void withoutMirrorDisksThereIsNone() throws Exception {
    AgentFile file = file(null);
    file.write(config, CLUSTER, state());
    file.write(config, CLUSTER, new ConfigState(2, "", new TreeMap<>(), new TreeMap<>(), "t"));
    assertThat(folder.agentConfig()).doesNotExist();
    assertThat(said).containsExactly("service.agent-configured", "service.agent-not-needed");
  }

  @Test
  void anAgentThatIsInUseIsNotRestarted() throws Exception {
    AgentFile file = file("meikyo-agent.service");
    Files.createFile(folder.agent());
    file.write(config, CLUSTER, state());
    agentStarted(-60);
    assertThat(file.stand()).isEqualTo(AgentFile.Stand.FORMER);
    for (String role : List.of("ACTIVE", "PROMOTING", "DEMOTING")) {
      file.look(role(role));
    }
    file.look(Map.of());
    assertThat(said).containsExactly("service.agent-configured", "service.agent-waits");
    assertThat(systemd.asked()).isEmpty();
  }

  @Test
  void anAgentThatIsNotInUseIsRestartedOnce() throws Exception {
    AgentFile file = file("meikyo-agent.service");
    Files.createFile(folder.agent());
    file.write(config, CLUSTER, state());
    agentStarted(-60);
    file.look(role("STANDBY"));
    file.look(role("STANDBY"));
    long until = System.nanoTime() + 60_000_000_000L;
    while (!said.contains("service.agent-ordered")) {
      assertThat(System.nanoTime()).as(said.toString()).isLessThan(until);
      LockSupport.parkNanos(2_000_000);
    }
    file.look(role("STANDBY"));
    assertThat(systemd.asked()).isEqualTo("restart --no-ask-password -- meikyo-agent.service\n");
    agentStarted(1);
    assertThat(file.stand()).isEqualTo(AgentFile.Stand.CURRENT);
  }

  @Test
  void withoutAUnitTheOperatorIsAsked() throws Exception {
    AgentFile file = file(null);
    Files.createFile(folder.agent());
    file.write(config, CLUSTER, state());
    agentStarted(-60);
    file.look(role("STANDBY"));
    file.look(role("STANDBY"));
    assertThat(said).containsExactly("service.agent-configured", "service.agent-by-hand");
    assertThat(systemd.asked()).isEmpty();
  }
}
