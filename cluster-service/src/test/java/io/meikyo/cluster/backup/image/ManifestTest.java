// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meikyo.core.partition.CutStatus;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The format of manifests: what was ever written is read for ever, and nothing else. */
class ManifestTest {
  private static final String SHA =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  private static Manifest manifest() {
    Manifest.Disk md1 =
        new Manifest.Disk(
            "md1",
            FakeSnapshots.DISK,
            1,
            "server1",
            268_435_456,
            "1e",
            17,
            CutStatus.PROVEN,
            "00000000000011110000000000002222",
            FakeSnapshots.PROVEN_AT,
            4_321,
            37_000,
            new Manifest.Part("md1.data.img", 268_435_456, SHA),
            new Manifest.Part("md1.cluster.img", 1_000_000, SHA));
    Manifest.Disk md2 =
        new Manifest.Disk(
            "md2",
            UUID.fromString("8899aabb-ccdd-eeff-fedc-ba9876543211"),
            0,
            "server2",
            1024,
            "ff",
            3,
            CutStatus.UNPROVEN,
            "0".repeat(32),
            0,
            0,
            0,
            new Manifest.Part("md2.data.img", 1024, SHA),
            new Manifest.Part("md2.cluster.img", 1024, SHA));
    return new Manifest(
        "c07",
        1_795_435_200_123L,
        1_795_435_260_000L,
        "server2",
        "root \"at\" 鏡",
        FakeSnapshots.CLUSTER,
        "0.1.0",
        List.of(md1, md2));
  }

  private static String golden() throws IOException {
    try (InputStream in = ManifestTest.class.getResourceAsStream("manifest-1.json")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void theFormatIsThatOfTheGoldenFile() throws Exception {
    assertThat(manifest().text()).isEqualTo(golden());
    assertThat(Manifest.parse(golden())).isEqualTo(manifest());
  }

  private static void refused(String words, String text) {
    assertThatThrownBy(() -> Manifest.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(words);
  }

  @Test
  void whatWasChangedIsRefused() {
    String text = manifest().text();
    refused("check sum", text.replace("UNPROVEN", "PROVEN"));
    refused("check sum", text.replace("268435456", "268435457"));
    refused("check sum", text.replace("\"epoch\": 17", "\"epoch\": 18"));
    refused("check sum", text.replace("md2.data.img", "md1.data.img"));
    refused("version 2", text.replace("\"version\": 1", "\"version\": 2"));
    refused("no manifest", "{}");
    refused("", text.substring(0, text.length() / 2));
    refused("", "");
  }

  @Test
  void namesThatLeadElsewhereAreRefused() {
    for (String name : List.of("../md1.data.img", "/etc/passwd", "..", "a/b", "")) {
      Manifest m = manifest();
      Manifest.Disk d = m.disks().getLast();
      Manifest.Disk bad =
          new Manifest.Disk(
              d.name(),
              d.diskId(),
              d.replica(),
              d.active(),
              d.bytes(),
              d.generation(),
              d.epoch(),
              d.verdict(),
              d.digest(),
              0,
              0,
              0,
              new Manifest.Part(name, 1024, SHA),
              d.cluster());
      refused("a file is called " + name, with(m, m.id(), List.of(bad)).text());
    }
    refused("the id is ../x", with(manifest(), "../x", manifest().disks()).text());
    refused("no mirror disk", with(manifest(), "c07", List.of()).text());
  }

  private static Manifest with(Manifest m, String id, List<Manifest.Disk> disks) {
    return new Manifest(
        id,
        m.takenAtMillis(),
        m.completedAtMillis(),
        m.server(),
        m.by(),
        m.cluster(),
        m.product(),
        disks);
  }
}
