// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Turns a tree of values back into what a file would say, without places. */
final class RawTree {
  private RawTree() {}

  static RawNode.Table of(Filled root) {
    return table(root, ConfigForms.ROOT);
  }

  private static RawNode.Table table(Filled table, Form form) {
    Map<String, RawNode.Entry> entries = new LinkedHashMap<>();
    for (Key key : form.keys(ConfigWriter.kind(table, form))) {
      Object value = table.get(key.name());
      if (value != null) {
        entries.put(key.name(), new RawNode.Entry(Position.START, node(value, key.type())));
      }
    }
    return new RawNode.Table(Position.START, entries);
  }

  private static RawNode node(Object value, KeyType type) {
    return switch (type) {
      case KeyType.Sub sub -> table((Filled) value, sub.form());
      case KeyType.Rows rows ->
          items(
              ((List<?>) value).stream().map(r -> node(r, new KeyType.Sub(rows.form()))).toList());
      case KeyType.Many many ->
          items(((List<?>) value).stream().map(v -> node(v, many.of())).toList());
      case KeyType.TextMap _ -> map((Map<?, ?>) value);
      case KeyType.Duration _ -> scalar(Units.duration((Long) value));
      case KeyType.Size _ -> scalar(Units.size((Long) value));
      case KeyType.Text _, KeyType.Flag _, KeyType.Whole _, KeyType.OneOf _ -> scalar(value);
    };
  }

  private static RawNode items(List<RawNode> items) {
    return new RawNode.Items(Position.START, items);
  }

  private static RawNode scalar(Object value) {
    return new RawNode.Scalar(Position.START, value);
  }

  private static RawNode map(Map<?, ?> map) {
    Map<String, RawNode.Entry> entries = new LinkedHashMap<>();
    map.forEach((k, v) -> entries.put(k.toString(), new RawNode.Entry(Position.START, scalar(v))));
    return new RawNode.Table(Position.START, entries);
  }
}
