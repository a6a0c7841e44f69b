// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnitsTest {

  @ParameterizedTest
  @CsvSource({
    "0s, 0, 0s",
    "1ms, 1000000, 1ms",
    "500ms, 500000000, 500ms",
    "1500ms, 1500000000, 1500ms",
    "1000ms, 1000000000, 1s",
    "60s, 60000000000, 1m",
    "90s, 90000000000, 90s",
    "60m, 3600000000000, 1h",
    "48h, 172800000000000, 2d"
  })
  void durations(String written, long nanos, String shown) {
    assertThat(Units.nanos(written)).isEqualTo(nanos);
    assertThat(Units.duration(nanos)).isEqualTo(shown);
  }

  @ParameterizedTest
  @CsvSource({
    "0B, 0, 0B",
    "1B, 1, 1B",
    "1024B, 1024, 1KiB",
    "1GiB, 1073741824, 1GiB",
    "1536MiB, 1610612736, 1536MiB",
    "2TiB, 2199023255552, 2TiB"
  })
  void sizes(String written, long bytes, String shown) {
    assertThat(Units.bytes(written)).isEqualTo(bytes);
    assertThat(Units.size(bytes)).isEqualTo(shown);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "s",
        "1",
        "-1s",
        "+1s",
        "1 s",
        "1.5s",
        "1S",
        "1us",
        "1KiB",
        "9999999999999999999s",
        "999999999999999999d",
        "１s",
        "1s "
      })
  void whatIsNoDurationIsRefused(String written) {
    assertThat(Units.nanos(written)).isNegative();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "1kB", "1GB", "1K", "1 GiB", "-1B", "999999999999999999TiB"})
  void whatIsNoSizeIsRefused(String written) {
    assertThat(Units.bytes(written)).isNegative();
  }

  @Test
  void whatIsShownIsReadAsTheSame() {
    Random random = new Random(2);
    for (int i = 0; i < 10_000; i++) {
      long millis = random.nextLong(1L << (1 + random.nextInt(40)));
      assertThat(Units.nanos(Units.duration(millis * 1_000_000))).isEqualTo(millis * 1_000_000);
      assertThat(Units.bytes(Units.size(millis))).isEqualTo(millis);
    }
  }

  @Test
  void theNearestWordIsFoundOnlyIfItIsNear() {
    List<String> known = List.of("name", "address", "interconnect", "mirror-connect");
    assertThat(Words.nearest("nmae", known)).isEqualTo("name");
    assertThat(Words.nearest("Adress", known)).isEqualTo("address");
    assertThat(Words.nearest("interconect", known)).isEqualTo("interconnect");
    assertThat(Words.nearest("mirror_connect", known)).isEqualTo("mirror-connect");
    assertThat(Words.nearest("colour", known)).isNull();
    assertThat(Words.nearest("", known)).isNull();
    assertThat(Words.nearest("name".repeat(1000), known)).isNull();
  }
}
