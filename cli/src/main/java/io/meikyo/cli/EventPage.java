// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The event log for people. */
final class EventPage {
  private EventPage() {}

  static List<String> of(Map<String, @Nullable Object> answer) {
    List<String> out = new ArrayList<>();
    if (answer.get("events") instanceof List<?> events) {
      for (Object each : events) {
        if (each instanceof Map<?, ?> e) {
          out.add(
              String.format(
                  Locale.ROOT,
                  "%-24s  %-10s %-7s  %s",
                  e.get("time"),
                  e.get("server"),
                  e.get("severity"),
                  e.get("text")));
        }
      }
    }
    if (answer.get("silent") instanceof List<?> silent && !silent.isEmpty()) {
      out.add(
          "(no answer from: "
              + String.join(", ", silent.stream().map(String::valueOf).toList())
              + ")");
    }
    return out;
  }
}
