// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.cluster.config.ConfigReader;
import io.meikyo.cluster.node.NodeDriver;
import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.SelfFence;
import io.meikyo.core.cluster.config.ClusterConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept of a former configuration, and for how long. */
class FormerConfigTest {
  @TempDir private Path state;
  private String first;
  private String second;

  @BeforeEach
  void texts() throws Exception {
    first = Files.readString(Path.of("../docs/examples/meikyo.toml"));
    second = first.replace("10.77.0.100", "10.77.0.101");
    assertThat(second).isNotEqualTo(first);
  }

  private static ClusterConfig config(String text) {
    return ConfigReader.read("meikyo.toml", text).config().orElseThrow();
  }

  private FormerConfig former(String atStart) {
    return new FormerConfig(new ServiceFolder(state, state), config(atStart));
  }

  private void applied(FormerConfig former, String text) throws Exception {
    former.keep();
    Files.writeString(state.resolve("meikyo.toml"), text);
  }

  private static NodeDriver.View view(long version, Map<String, List<String>> waiting) {
    return new NodeDriver.View(
        ClusterState.empty(new UUID(1, 2)),
        Map.of(),
        true,
        true,
        SelfFence.Stage.WHOLE,
        Map.of(),
        Map.of(),
        waiting,
        List.of(),
        version,
        Map.of(),
        Set.of());
  }

  @Test
  void whatRunsIsKnownByTheOldestUntilNothingGoesByIt() throws Exception {
    FormerConfig former = former(first);
    Files.writeString(state.resolve("meikyo.toml"), first);
    applied(former, second);
    applied(former, second.replace("10.77.0.101", "10.77.0.102"));
    former.look(view(2, Map.of()), 3);
    former.look(view(3, Map.of("failover1", List.of("fip1"))), 3);
    FormerConfig nextLife = former(second);
    assertThat(nextLife.runsBy(config(second))).isEqualTo(config(first));
    nextLife.look(view(3, Map.of()), 3);
    assertThat(nextLife.runsBy(config(second))).isEqualTo(config(second));
    assertThat(state.resolve("former.toml")).doesNotExist();
  }

  @Test
  void whatCountsFromTheNextStartIsNamed() {
    String later = first.replace("[witness]", "[timing]\nheartbeat = \"300ms\"\n\n[witness]");
    FormerConfig former = former(first);
    assertThat(former.fromNextStart(null)).isEmpty();
    assertThat(former.fromNextStart(config(second))).isEmpty();
    assertThat(former.fromNextStart(config(later))).containsExactly("timing.heartbeat");
    assertThat(former(later).fromNextStart(config(later))).isEmpty();
  }
}
