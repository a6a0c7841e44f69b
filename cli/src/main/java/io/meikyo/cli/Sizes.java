// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads sizes such as {@code 4096}, {@code 512K}, {@code 10GiB}, {@code 2T}: powers of 1024. */
final class Sizes implements ITypeConverter<Long> {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,18})\\s*([kKmMgGtT]?)(?:i?[bB])?");

  @Override
  public Long convert(String value) {
    Matcher m = SIZE.matcher(value);
    if (!m.matches()) {
      throw new TypeConversionException(
          "'" + value + "' is not a size; write for example 4096, 512K, 10GiB or 2T");
    }
    int shift =
        switch (m.group(2)) {
          case "k", "K" -> 10;
          case "m", "M" -> 20;
          case "g", "G" -> 30;
          case "t", "T" -> 40;
          default -> 0;
        };
    long number = Long.parseLong(m.group(1));
    if (number > Long.MAX_VALUE >> shift) {
      throw new TypeConversionException("'" + value + "' is too large");
    }
    return number << shift;
  }
}
