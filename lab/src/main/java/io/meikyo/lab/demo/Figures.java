// SPDX-License-Identifier: Apache-2.0
package io.meikyo.lab.demo;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What the demo measured and counted. For one thread. */
public final class Figures {
  private final Map<String, List<Double>> values = new LinkedHashMap<>();
  private final Map<String, Long> counts = new TreeMap<>();

  /** One more value of a figure. */
  public void add(String name, double value) {
    values.computeIfAbsent(name, _ -> new ArrayList<>()).add(value);
  }

  /** Counts one more. */
  void count(String name) {
    counts.merge(name, 1L, Long::sum);
  }

  /** Says how many there are. */
  void count(String name, long number) {
    counts.put(name, number);
  }

  /** The largest value of a figure; 0 if there is none. */
  double most(String name) {
    return values.getOrDefault(name, List.of(0.0)).stream()
        .mapToDouble(Double::doubleValue)
        .max()
        .orElse(0);
  }

  /** The median of a figure; 0 if there is none. */
  double median(String name) {
    List<Double> all = new ArrayList<>(values.getOrDefault(name, List.of(0.0)));
    Collections.sort(all);
    return all.get(all.size() / 2);
  }

  /** What 99 of 100 values do not exceed (nearest rank); of fewer than 100 it is the largest. */
  double most99(String name) {
    List<Double> all = new ArrayList<>(values.getOrDefault(name, List.of(0.0)));
    Collections.sort(all);
    return all.get((int) Math.ceil(all.size() * 0.99) - 1);
  }

  /** All of it, for JSON: counts as numbers, what was measured with each value. */
  public Map<String, Object> map() {
    Map<String, Object> all = new LinkedHashMap<>(counts);
    values.forEach((name, list) ->
        all.put(
            name,
            Map.of(
                "median", median(name),
                "p99", most99(name),
                "most", most(name),
                "values", List.copyOf(list))));
    return all;
  }

  /** A line for each of them, for people. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    counts.forEach((name, number) -> lines.add(name + ": " + number));
    values.forEach((name, list) ->
        lines.add(
            String.format(
                Locale.ROOT,
                "%s: median %.2f, p99 %.2f, most %.2f%s",
                name,
                median(name),
                most99(name),
                most(name),
                list.size() > 2 ? " (" + list.size() + " times)" : "")));
    return lines;
  }
}
