// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a cluster partition carries of its cluster, as text. */
class CarriedConfigTest {
  private static final UUID CLUSTER = UUID.fromString("01234567-89ab-cdef-0011-223344556677");
  private static final UUID MD1 = UUID.fromString("8899aabb-ccdd-eeff-fedc-ba9876543210");
  private static final Path EXAMPLE =
      Path.of(System.getProperty("meikyo.root", ".."), "docs/examples/meikyo.toml");

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void itIsReadAsItWasWrittenAndIsAConfigurationAsAWhole() throws Exception {
    String toml = Files.readString(EXAMPLE) + "# äöü 鏡\n";
    CarriedConfig carried = new CarriedConfig(CLUSTER, Map.of("md2", CLUSTER, "md1", MD1), toml);
    String text = carried.encode();
    assertThat(CarriedConfig.decode(bytes(text))).isEqualTo(carried);
    assertThat(text)
        .startsWith(
            """
            #: meikyo 1
            #: cluster 01234567-89ab-cdef-0011-223344556677
            #: disk md1 8899aabb-ccdd-eeff-fedc-ba9876543210
            #: disk md2 01234567-89ab-cdef-0011-223344556677
            #: end
            """);
    assertThat(ConfigReader.read("x", text).config())
        .isPresent()
        .isEqualTo(ConfigReader.read("x", toml).config());
  }

  @Test
  void aConfigurationMayBeginAsTheHeadDoes() {
    CarriedConfig carried = new CarriedConfig(CLUSTER, Map.of(), "#: end\n#: disk md1 x\n");
    assertThat(CarriedConfig.decode(bytes(carried.encode()))).isEqualTo(carried);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "name = \"no head\"\n",
        "#: meikyo 2\n#: cluster 01234567-89ab-cdef-0011-223344556677\n#: end\n",
        "#: meikyo 1\n#: end\n",
        "#: meikyo 1\n#: cluster 0123\n#: end\n",
        "#: meikyo 1\n#: cluster 01234567-89ab-cdef-0011-223344556677\n",
        "#: meikyo 1\n#: cluster 01234567-89ab-cdef-0011-223344556677\n#: disk md1\n#: end\n",
        "#: meikyo 1\n#: cluster 01234567-89ab-cdef-0011-223344556677\nname = 1\n#: end\n",
      })
  void whatIsNoneIsNotTakenForOne(String text) {
    assertThat(CarriedConfig.decode(bytes(text))).isNull();
  }

  @Test
  void bytesThatAreNoTextAreNone() {
    byte[] bytes = bytes(new CarriedConfig(CLUSTER, Map.of(), "name").encode());
    bytes[bytes.length - 1] = (byte) 0xff;
    assertThat(CarriedConfig.decode(bytes)).isNull();
  }
}
