// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a file says, as it was read and not judged yet: a tree with places. */
public sealed interface RawNode {

  /** Where it stands. */
  Position at();

  /** The same without places: values, lists and maps. */
  Object plain();

  /**
   * One value.
   *
   * @param value a String, Long or Boolean, or what else the file can hold: that is refused
   */
  record Scalar(Position at, Object value) implements RawNode {
    @Override
    public Object plain() {
      return value;
    }
  }

  /** A list, of values or of tables. */
  record Items(Position at, List<RawNode> items) implements RawNode {
    /** Freezes the list. */
    public Items {
      items = List.copyOf(items);
    }

    @Override
    public Object plain() {
      return items.stream().map(RawNode::plain).toList();
    }
  }

  /** A table; its keys are in the order of the file. */
  record Table(Position at, Map<String, Entry> entries) implements RawNode {
    /** A table that is not there. */
    public static final Table EMPTY = new Table(Position.START, Map.of());

    /** Freezes the map. */
    public Table {
      entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    }

    @Override
    public Map<String, Object> plain() {
      Map<String, Object> all = new LinkedHashMap<>();
      entries.forEach((key, entry) -> all.put(key, entry.value().plain()));
      return all;
    }

    /** The same with another value at the end of a path; tables on the way are made. */
    public Map<String, Object> plainWith(List<Object> path, Object value) {
      Map<String, Object> all = plain();
      with(all, path, value);
      return all;
    }

    @SuppressWarnings("unchecked") // made by plain()
    private static void with(Map<String, Object> table, List<Object> path, Object value) {
      String key = path.getFirst().toString();
      if (path.size() == 1) {
        table.put(key, value);
      } else if (path.get(1) instanceof Integer row) {
        List<Object> rows = (List<Object>) table.getOrDefault(key, List.of());
        with((Map<String, Object>) rows.get(row), path.subList(2, path.size()), value);
      } else {
        Object next = table.computeIfAbsent(key, k -> new LinkedHashMap<String, Object>());
        with((Map<String, Object>) next, path.subList(1, path.size()), value);
      }
    }

    /** The line of a key, or null. */
    public @Nullable Entry entry(Object key) {
      return entries.get(key);
    }
  }

  /**
   * One line of a table.
   *
   * @param keyAt where its key stands
   * @param value its value
   */
  record Entry(Position keyAt, RawNode value) {}
}
