// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads durations such as {@code 500ms}, {@code 90s}, {@code 15m}, {@code 2h}, {@code 7d}. */
final class Durations implements ITypeConverter<Duration> {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,6})(ms|[smhd])");

  @Override
  public Duration convert(String value) {
    Matcher m = DURATION.matcher(value);
    if (!m.matches()) {
      throw new TypeConversionException(
          "'" + value + "' is not a duration; write for example 500ms, 90s, 15m, 2h or 7d");
    }
    long number = Long.parseLong(m.group(1));
    return switch (m.group(2)) {
      case "ms" -> Duration.ofMillis(number);
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      default -> Duration.ofDays(number);
    };
  }
}
