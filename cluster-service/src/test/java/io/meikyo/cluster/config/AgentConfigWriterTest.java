// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.agent.config.Addresses;
import io.meikyo.agent.config.AgentConfig;
import io.meikyo.agent.config.AgentConfigReader;
import io.meikyo.agent.config.ConfigException;
import io.meikyo.agent.snapshot.ProviderSpec;
import io.meikyo.agent.snapshot.SnapshotPlace;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.partition.Identity;
import io.meikyo.tls.TlsFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentConfigWriterTest {
  private static final UUID CLUSTER = new UUID(1, 2);
  private static final UUID MD1 = new UUID(3, 4);
  private static final TlsFiles TLS =
      new TlsFiles(
          Path.of("/var/lib/meikyo/pki/node.key"),
          Path.of("/var/lib/meikyo/pki/node.crt"),
          Path.of("/var/lib/meikyo/pki/ca.crt"),
          Path.of("/var/lib/meikyo/pki/revoked.crl"));
  private static final AgentConfigWriter.Places PLACES =
      new AgentConfigWriter.Places(
          Path.of("/run/meikyo/agent.sock"),
          Path.of("/var/lib/meikyo"),
          Path.of("/run/meikyo/keeper.sock"),
          "unix:/run/meikyo/record.sock",
          TLS);

  @TempDir private Path folder;

  private AgentConfig read(String text) throws IOException, ConfigException {
    Path file = folder.resolve("agent.toml");
    Files.writeString(file, text);
    return AgentConfigReader.read(file);
  }

  private static String text(ClusterConfig config, String server, Map<String, UUID> disks) {
    return AgentConfigWriter.text(
        config, server, PLACES, new AgentConfigWriter.Ids(CLUSTER, disks));
  }

  @Test
  void theAgentsOfTheExampleFindEachOther() throws IOException, ConfigException {
    ClusterConfig config = Samples.config(Samples.EXAMPLE);

    AgentConfig.Mirror one = read(text(config, "server1", Map.of("md1", MD1))).mirrors().getFirst();
    AgentConfig.Mirror two = read(text(config, "server2", Map.of("md1", MD1))).mirrors().getFirst();

    assertThat(one.spec().identity()).isEqualTo(new Identity(CLUSTER, MD1, 0));
    assertThat(two.spec().identity()).isEqualTo(new Identity(CLUSTER, MD1, 1));
    assertThat(one.spec().serverNames()).isEqualTo(two.spec().serverNames());
    assertThat(one.spec().peers().get(1).stream().map(Addresses::text))
        .containsExactly("192.168.10.2:7760", "10.77.0.2:7760");
    assertThat(Addresses.text(one.spec().listen())).isEqualTo("0.0.0.0:7760");
    assertThat(one.spec().data()).isEqualTo(Path.of("/dev/sdb2"));
    assertThat(one.spec().cluster()).isEqualTo(Path.of("/dev/sdb1"));
    assertThat(one.device()).isEqualTo(Path.of("/dev/meikyo/md1"));
    assertThat(Addresses.text(one.spec().record())).isEqualTo("unix:/run/meikyo/record.sock");
    assertThat(one.trusted()).isFalse();
    assertThat(read(text(config, "server1", Map.of("md1", MD1))).tls()).isEqualTo(TLS);
  }

  @Test
  void everySettingOfAMirrorDiskArrives() throws IOException, ConfigException {
    String text =
        Samples.EVERYTHING.replace("link = [\"192.168.11.1:8790\"]", "link = [\"127.0.0.1:8790\"]");
    AgentConfig agent = read(text(Samples.config(text), "server1", Map.of("md1", MD1)));

    AgentConfig.Mirror mirror = agent.mirrors().getFirst();
    assertThat(agent.keeper()).isEqualTo(PLACES.keeper());
    assertThat(mirror.spec().identity().replica()).isEqualTo(3);
    assertThat(mirror.frontEnd()).isEqualTo(AgentConfig.FrontEnd.FUSE);
    assertThat(mirror.device()).isEqualTo(Path.of("/dev/disk-of-md1"));
    assertThat(Addresses.text(mirror.spec().listen())).isEqualTo("127.0.0.1:8790");
    assertThat(mirror.nbd()).isNotNull();
    assertThat(mirror.trusted()).isTrue();
    assertThat(mirror.spec().peers().keySet()).containsExactly(1);
    assertThat(mirror.snapshots())
        .isEqualTo(
            new ProviderSpec(
                ProviderSpec.Kind.SCRIPT, null, Path.of("/etc/meikyo/snapshot"), 9_000_000_000L));
  }

  @Test
  void eachProviderOfSnapshotsArrives() throws IOException, ConfigException {
    for (ProviderSpec.Kind kind : ProviderSpec.Kind.values()) {
      String script = kind == ProviderSpec.Kind.SCRIPT ? "\nsnapshot-script = \"/s\"" : "";
      String folder = kind == ProviderSpec.Kind.REFLINK ? "\nsnapshot-folder = \"/f\"" : "";
      String text =
          Samples.with(
              Samples.EXAMPLE,
              "initial-construction = false",
              "snapshot-provider = \"" + kind.word() + "\"" + script + folder);

      ProviderSpec read =
          read(text(Samples.config(text), "server1", Map.of("md1", MD1)))
              .mirrors()
              .getFirst()
              .snapshots();

      assertThat(read)
          .isEqualTo(
              new ProviderSpec(
                  kind,
                  folder.isEmpty() ? null : Path.of("/f"),
                  script.isEmpty() ? null : Path.of("/s"),
                  ProviderSpec.USUAL_NANOS));
    }
  }

  @Test
  void thePlaceOfBuiltInSnapshotsArrives() throws IOException, ConfigException {
    String text =
        Samples.with(
            Samples.EXAMPLE,
            "initial-construction = false",
            "snapshot-folder = \"/big\"\nsnapshot-cap = \"40GiB\"");
    AgentConfig.Mirror mirror =
        read(text(Samples.config(text), "server1", Map.of("md1", MD1))).mirrors().getFirst();
    assertThat(mirror.place()).isEqualTo(new SnapshotPlace(Path.of("/big"), 40L << 30));
    assertThat(mirror.snapshots()).isEqualTo(ProviderSpec.BUILT_IN);
  }

  @Test
  void ipv6LinksAreListenedToOnAllOfIt() {
    String text =
        Samples.EXAMPLE.replaceAll(
            "mirror-connect = \\[\"192.168.10.(.)\"", "mirror-connect = [\"fd00::$1\"");

    assertThat(text(Samples.config(text), "server1", Map.of("md1", MD1)))
        .contains("listen = \"[::]:7760\"")
        .contains("paths = [\"[fd00::2]:7760\", \"10.77.0.2:7760\"]");
  }

  @Test
  void aMirrorDiskWithoutPartitionsOrReplicaIsLeftOut() {
    ClusterConfig config = Samples.config(Samples.EXAMPLE);

    assertThat(text(config, "server1", Map.of())).doesNotContain("[[mirror]]");
    assertThat(text(config, "server3", Map.of("md1", MD1))).doesNotContain("[[mirror]]");
  }

  @Test
  void theSameInputGivesTheSameText() {
    List<String> texts =
        List.of(
            text(Samples.config(Samples.EXAMPLE), "server1", Map.of("md1", MD1)),
            text(Samples.config(Samples.EXAMPLE + "# note\n"), "server1", Map.of("md1", MD1)));

    assertThat(texts.getFirst()).isEqualTo(texts.getLast());
  }
}
