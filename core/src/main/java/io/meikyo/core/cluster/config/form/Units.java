// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Durations such as {@code 500ms} and sizes such as {@code 1GiB}: a whole number and its unit. */
public final class Units {
  /** Nanoseconds of each unit of time, largest first. */
  private static final Map<String, Long> TIMES = new LinkedHashMap<>();

  /** Bytes of each unit of size, largest first. */
  private static final Map<String, Long> SIZES = new LinkedHashMap<>();

  private static final int DIGITS_MAX = 18;

  static {
    long second = 1_000_000_000L;
    TIMES.put("d", 86_400 * second);
    TIMES.put("h", 3_600 * second);
    TIMES.put("m", 60 * second);
    TIMES.put("s", second);
    TIMES.put("ms", second / 1000);
    SIZES.put("TiB", 1L << 40);
    SIZES.put("GiB", 1L << 30);
    SIZES.put("MiB", 1L << 20);
    SIZES.put("KiB", 1L << 10);
    SIZES.put("B", 1L);
  }

  private Units() {}

  /** Nanoseconds of {@code 30s}; -1 if the text is no duration or larger than a long. */
  public static long nanos(String text) {
    return read(text, TIMES);
  }

  /** Bytes of {@code 1GiB}; -1 if the text is no size or larger than a long. */
  public static long bytes(String text) {
    return read(text, SIZES);
  }

  /** A duration in its largest unit that leaves a whole number, rounded down to milliseconds. */
  public static String duration(long nanos) {
    return write(nanos - nanos % 1_000_000, TIMES, "s");
  }

  /** A size in its largest unit that leaves a whole number. */
  public static String size(long bytes) {
    return write(bytes, SIZES, "B");
  }

  /** The units of time, smallest first. */
  static List<String> timeUnits() {
    return new ArrayList<>(TIMES.keySet()).reversed();
  }

  /** The units of size, smallest first. */
  static List<String> sizeUnits() {
    return new ArrayList<>(SIZES.keySet()).reversed();
  }

  private static long read(String text, Map<String, Long> units) {
    int digits = 0;
    while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
      digits++;
    }
    Long unit = units.get(text.substring(digits));
    if (digits == 0 || digits > DIGITS_MAX || unit == null) {
      return -1;
    }
    long number = Long.parseLong(text.substring(0, digits));
    return number > Long.MAX_VALUE / unit ? -1 : number * unit;
  }

  private static String write(long value, Map<String, Long> units, String zero) {
    if (value == 0) {
      return "0" + zero;
    }
    String text = "";
    for (Map.Entry<String, Long> unit : units.entrySet()) {
      if (text.isEmpty() && value % unit.getValue() == 0) {
        text = value / unit.getValue() + unit.getKey();
      }
    }
    return text;
  }
}
