// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.process.RestoreMark;
import io.meikyo.cluster.config.ConfigReader;
import io.meikyo.cluster.config.ConfigReading;
import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.Command;
import io.meikyo.core.cluster.ConfigState;
import io.meikyo.core.cluster.Proposal;
import io.meikyo.core.cluster.Rules;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the replicated state is told of a configuration. */
class ConfigFactsTest {
  private static final UUID DISK = new UUID(3, 4);
  private static final Path EXAMPLE =
      Path.of(System.getProperty("meikyo.root", ".."), "docs/examples/meikyo.toml");

  @TempDir Path folder;
  private final ConfigReading reading = ConfigReader.read(EXAMPLE);
  private final ClusterState empty = ClusterState.empty(new UUID(1, 1));

  private boolean startsByItself(ClusterState now) {
    return ConfigFacts.of(reading, now, "t", folder).groups().get("failover1").autoStart();
  }

  private static ClusterState after(ClusterState before, long number, Command command) {
    return Rules.apply(before, new Proposal("server1", 1, number, 0, command)).state();
  }

  @Test
  void aMirrorDiskThatExistsKeepsItsId() throws Exception {
    Files.writeString(folder.resolve("disk-ids"), "md1=" + DISK + "\n");
    ConfigState facts = ConfigFacts.of(reading, empty, "t", folder);
    assertThat(facts.version()).isEqualTo(1);
    assertThat(facts.disks().get("md1").diskId()).isEqualTo(DISK);
  }

  @Test
  void inAClusterThatIsFoundedForARestoreGroupsOfMirrorDisksWait() throws Exception {
    assertThat(startsByItself(empty)).isTrue();
    RestoreMark.set(folder);
    assertThat(startsByItself(empty)).isFalse();
    RestoreMark.clear(folder);
    assertThat(startsByItself(empty)).isTrue();
  }

  @Test
  void aRestoreInAClusterThatStandsChangesNothingOfIt() throws Exception {
    ConfigState first = ConfigFacts.of(reading, empty, "t", folder);
    ClusterState stands =
        after(
            after(empty, 1, new Command.Found(new UUID(1, 2), "server1", 1)),
            2,
            new Command.PutConfig(0, first));
    assertThat(stands.config().version()).isEqualTo(1);
    RestoreMark.set(folder);
    assertThat(startsByItself(stands)).isTrue();
  }
}
