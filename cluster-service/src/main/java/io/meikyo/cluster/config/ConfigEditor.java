// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.config;

import io.meikyo.core.cluster.config.form.ConfigForms;
import io.meikyo.core.cluster.config.form.ConfigPath;
import io.meikyo.core.cluster.config.form.Form;
import io.meikyo.core.cluster.config.form.FormCheck;
import io.meikyo.core.cluster.config.form.Key;
import io.meikyo.core.cluster.config.form.KeyType;
import io.meikyo.core.cluster.config.form.Position;
import io.meikyo.core.cluster.config.form.RawNode;
import io.meikyo.core.cluster.config.form.Words;
import io.meikyo.core.notice.Notice;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Changes one value in a configuration's text and leaves every other character as the user wrote
 * it: comments, order, empty lines.
 *
 * <p>The outcome is read again and compared before it is returned: either exactly this one value is
 * another one, or nothing is done. Whether the new configuration makes sense is for the reader.
 */
public final class ConfigEditor {
  private final String path;
  private final TomlText text;
  private final RawNode.Table root;

  /** The table that the walk along the path has come to, and the table's form. */
  private RawNode.Table table;

  private boolean absent;
  private Form form = ConfigForms.ROOT;
  private ConfigPath at = ConfigPath.ROOT;

  private ConfigEditor(String text, String path, RawNode.Table root) {
    this.text = new TomlText(text);
    this.path = path;
    this.root = root;
    this.table = root;
  }

  /**
   * Sets a value.
   *
   * @param text the whole text; must be TOML
   * @param path the value, as messages show it: {@code mirror[md1].replica[server1].data}; a row
   *     may be named by its number too: {@code server[#1].address}
   * @param value what it is to be, without quotes; of a list: its items with commas between them
   * @throws ConfigProblem if there is no such key, the value cannot be used there, or the text is
   *     written in a way that cannot be changed like this
   */
  public static String set(String text, String path, String value) throws ConfigProblem {
    RawNode.Table root = ConfigReader.tree(text);
    if (root == null) {
      throw new ConfigProblem(Notice.of(ConfigEditNotice.NOT_TOML));
    }
    return new ConfigEditor(text, path, root).set(value);
  }

  private String set(String value) throws ConfigProblem {
    List<String> parts = parts(path);
    for (String part : parts.subList(0, parts.size() - 1)) {
      descend(part);
    }
    Key key = find(parts.getLast());
    if (key.type() instanceof KeyType.Sub || key.type() instanceof KeyType.Rows) {
      throw noKey(List.of());
    }
    String written = written(key, value);
    String changed = changed(key.name(), written);
    if (changed == null || !onlyThis(changed, at.at(key.name()), written)) {
      throw new ConfigProblem(Notice.of(ConfigEditNotice.BY_HAND, path, written));
    }
    return changed;
  }

  // ---- which key it is

  /** The parts between the dots that are not in brackets. */
  private static List<String> parts(String path) {
    List<String> parts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    boolean bracket = false;
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      bracket = c == '[' || (bracket && c != ']');
      if (c == '.' && !bracket) {
        parts.add(part.toString());
        part.setLength(0);
      } else {
        part.append(c);
      }
    }
    parts.add(part.toString());
    return parts;
  }

  private void descend(String part) throws ConfigProblem {
    int open = part.indexOf('[');
    Key key = find(open < 0 ? part : part.substring(0, open));
    RawNode.Entry entry = table.entry(key.name());
    RawNode node = entry == null ? null : entry.value();
    at = at.at(key.name());
    switch (key.type()) {
      case KeyType.Sub sub when open < 0 -> {
        form = sub.form();
        absent = node == null;
        table = node instanceof RawNode.Table t ? t : RawNode.Table.EMPTY;
      }
      case KeyType.Rows rows when open >= 0 -> {
        form = rows.form();
        table = row(node, part.substring(open));
      }
      default -> throw noKey(List.of());
    }
  }

  private RawNode.Table row(@Nullable RawNode list, String bracketed) throws ConfigProblem {
    List<String> names = new ArrayList<>();
    List<RawNode> rows = list instanceof RawNode.Items items ? items.items() : List.of();
    for (int i = 0; i < rows.size(); i++) {
      names.add("[" + ConfigPath.rowName(rows.get(i), i) + "]");
      boolean named = bracketed.equals(names.getLast()) || bracketed.equals("[#" + (i + 1) + "]");
      if (named && rows.get(i) instanceof RawNode.Table row) {
        at = at.at(i);
        return row;
      }
    }
    throw noKey(names);
  }

  private Key find(String name) throws ConfigProblem {
    List<Key> keys = form.keys(form.saidKind(table));
    Optional<Key> key = keys.stream().filter(k -> k.name().equals(name)).findFirst();
    if (key.isPresent()) {
      return key.get();
    }
    List<String> known = keys.stream().map(Key::name).toList();
    String near = Words.nearest(name, known);
    throw noKey(near == null ? known : List.of(near));
  }

  private ConfigProblem noKey(List<String> known) {
    return new ConfigProblem(
        Notice.of(ConfigEditNotice.NO_KEY, path, known.isEmpty() ? "–" : String.join(", ", known)));
  }

  // ---- the value

  /** The value as TOML. */
  private String written(Key key, String value) throws ConfigProblem {
    for (RawNode node : readings(key.type(), value)) {
      Optional<Object> read = FormCheck.value(node, key.type());
      if (read.isPresent()) {
        return key.type().show(read.get());
      }
    }
    throw new ConfigProblem(
        Notice.of(ConfigEditNotice.BAD_VALUE, path, value, key.type().allowed()));
  }

  /** What may be meant: TOML, text, or texts with commas between them. */
  private static List<RawNode> readings(KeyType type, String value) {
    List<RawNode> all = new ArrayList<>();
    RawNode.Table toml = ConfigReader.tree("value = " + value);
    RawNode.Entry entry = toml == null ? null : toml.entry("value");
    if (entry != null && toml != null && toml.entries().size() == 1) {
      all.add(entry.value());
    }
    all.add(new RawNode.Scalar(Position.START, value));
    if (type instanceof KeyType.Many) {
      List<RawNode> items = new ArrayList<>();
      for (String item : value.split(",", -1)) {
        items.add(new RawNode.Scalar(Position.START, item.strip()));
      }
      all.add(new RawNode.Items(Position.START, items));
    }
    return all;
  }

  // ---- the text

  /** The text with the value in it; null if there is no place for it. */
  private @Nullable String changed(String key, String written) {
    RawNode.Entry entry = table.entry(key);
    if (entry != null) {
      return text.withValue(entry.keyAt(), written);
    }
    String line = key + " = " + written;
    Position last = null;
    for (RawNode.Entry other : table.entries().values()) {
      if (!holdsTables(other.value())
          && (last == null || Position.ORDER.compare(other.keyAt(), last) > 0)) {
        last = other.keyAt();
      }
    }
    if (last != null) {
      return text.withLineAfterValue(last, line);
    }
    return absent ? text.withTableAtEnd(form.header(), line) : text.withLineAfter(table.at(), line);
  }

  private static boolean holdsTables(RawNode node) {
    return node instanceof RawNode.Table
        || (node instanceof RawNode.Items items
            && items.items().stream().anyMatch(RawNode.Table.class::isInstance));
  }

  /** Whether a text says the same as before, but for this value. */
  private boolean onlyThis(String changed, ConfigPath target, String written) {
    RawNode.Table after = ConfigReader.tree(changed);
    RawNode.Table value = ConfigReader.tree("value = " + written);
    RawNode.Entry wanted = value == null ? null : value.entry("value");
    return after != null
        && wanted != null
        && after.plain().equals(root.plainWith(target.steps(), wanted.value().plain()));
  }
}
