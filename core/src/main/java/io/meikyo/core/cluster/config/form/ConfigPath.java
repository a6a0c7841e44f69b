// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The way from the root of a configuration to one value: keys (String) and places in lists
 * (Integer, from 0).
 */
public record ConfigPath(List<Object> steps) {
  /** The root. */
  public static final ConfigPath ROOT = new ConfigPath(List.of());

  private static final List<String> NAMES = List.of("name", "server");

  /** Freezes the list. */
  public ConfigPath {
    steps = List.copyOf(steps);
  }

  /** A path of keys and places. */
  public static ConfigPath of(Object... steps) {
    return new ConfigPath(List.of(steps));
  }

  /** One step further. */
  public ConfigPath at(Object step) {
    List<Object> more = new ArrayList<>(steps);
    more.add(step);
    return new ConfigPath(more);
  }

  /** Whether this path is another one or leads there. */
  public boolean leadsTo(ConfigPath other) {
    return other.steps.size() >= steps.size() && other.steps.subList(0, steps.size()).equals(steps);
  }

  /** The place of the value in a file; of the nearest table above it, if it is not there. */
  public Position in(RawNode root) {
    RawNode node = root;
    Position at = root.at();
    for (Object step : steps) {
      RawNode next = step(node, step);
      if (next == null) {
        return at;
      }
      RawNode.Entry entry = node instanceof RawNode.Table table ? table.entry(step) : null;
      at = entry == null ? next.at() : entry.keyAt();
      node = next;
    }
    return at;
  }

  private static @Nullable RawNode step(RawNode node, Object step) {
    if (node instanceof RawNode.Table table) {
      RawNode.Entry entry = table.entry(step);
      return entry == null ? null : entry.value();
    }
    return node instanceof RawNode.Items list
            && step instanceof Integer i
            && i < list.items().size()
        ? list.items().get(i)
        : null;
  }

  /** For people: {@code group[failover1].resource[fip1].address}; places count from 1. */
  public String shown(RawNode root) {
    StringBuilder text = new StringBuilder();
    RawNode node = root;
    for (Object step : steps) {
      node = node == null ? null : step(node, step);
      if (step instanceof Integer i) {
        text.append('[').append(rowName(node, i)).append(']');
      } else {
        text.append(text.isEmpty() ? "" : ".").append(step);
      }
    }
    return text.toString();
  }

  /** The name of a row, as it is shown: that in it, or {@code #1} for the first one. */
  public static String rowName(@Nullable RawNode node, int place) {
    if (node instanceof RawNode.Table table) {
      for (String key : NAMES) {
        RawNode.Entry entry = table.entry(key);
        if (entry != null
            && entry.value() instanceof RawNode.Scalar scalar
            && scalar.value() instanceof String name
            && TextRule.NAME.accepts(name)) {
          return name;
        }
      }
    }
    return "#" + (place + 1);
  }
}
