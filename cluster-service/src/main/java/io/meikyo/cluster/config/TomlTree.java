// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.config;

import io.meikyo.core.cluster.config.form.Position;
import io.meikyo.core.cluster.config.form.RawNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlArray;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/** Turns what tomlj has read into a tree with places. */
final class TomlTree {
  private TomlTree() {}

  static RawNode.Table of(TomlTable table, Position at) {
    Map<String, RawNode.Entry> entries = new LinkedHashMap<>();
    for (String key : table.keySet()) {
      Position keyAt = position(table.inputPositionOf(List.of(key)), at);
      Object value = table.get(List.of(key));
      if (value != null) {
        entries.put(key, new RawNode.Entry(keyAt, node(value, keyAt)));
      }
    }
    return new RawNode.Table(at, entries);
  }

  private static RawNode node(Object value, Position at) {
    return switch (value) {
      case TomlTable table -> of(table, at);
      case TomlArray array -> items(array, at);
      default -> new RawNode.Scalar(at, value);
    };
  }

  private static RawNode items(TomlArray array, Position at) {
    List<RawNode> items = new ArrayList<>();
    for (int i = 0; i < array.size(); i++) {
      items.add(node(array.get(i), position(array.inputPositionOf(i), at)));
    }
    return new RawNode.Items(at, items);
  }

  static Position position(@Nullable TomlPosition position, Position otherwise) {
    return position == null ? otherwise : new Position(position.line(), position.column());
  }
}
