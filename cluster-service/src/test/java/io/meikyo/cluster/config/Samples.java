// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.Severity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Configurations that the tests begin with. */
final class Samples {
  /** The runbook's cluster; the same text is in the documentation. */
  static final String EXAMPLE = text(Path.of("../docs/examples/meikyo.toml"));

  /** Every key of every kind. */
  static final String EVERYTHING = text(Path.of("src/test/resources/everything.toml"));

  private Samples() {}

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ClusterConfig config(String text) {
    ConfigReading reading = ConfigReader.read("meikyo.toml", text);
    assertThat(errors(reading)).isEmpty();
    return reading.config().orElseThrow();
  }

  static List<Notice> errors(ConfigReading reading) {
    return reading.notices().stream().filter(n -> n.severity() == Severity.ERROR).toList();
  }

  /** A text in which something is another thing; that it is there is part of the test. */
  static String with(String text, String old, String replacement) {
    assertThat(text).contains(old);
    return text.replace(old, replacement);
  }

  /** The value of a notice's argument. */
  static String arg(Notice notice, String name) {
    return notice.args().stream()
        .filter(a -> a.name().equals(name))
        .map(a -> a.value())
        .findFirst()
        .orElse("");
  }
}
