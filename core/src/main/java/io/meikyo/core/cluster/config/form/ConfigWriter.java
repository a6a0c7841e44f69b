// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.Monitor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Writes a configuration as TOML. For a text that a user wrote, keep that text: this one has none
 * of its comments.
 */
public final class ConfigWriter {
  private final StringBuilder out = new StringBuilder();

  private ConfigWriter() {}

  /** All keys with the values that count, also those that nobody wrote. */
  public static String whole(ClusterConfig config) {
    return write(ConfigTree.of(config));
  }

  /** Only what is needed: no default, nothing that follows by itself. */
  public static String brief(ClusterConfig config) {
    Filled root = ConfigTree.of(config);
    List<Filled> monitors = root.rows("monitor");
    List<Filled> own = new ArrayList<>();
    for (int i = 0; i < monitors.size(); i++) {
      Monitor monitor = config.monitors().get(i);
      if (!monitor.automatic()) {
        own.add(monitors.get(i));
      }
    }
    root.put("monitor", own);
    new Shortener(root, config).shorten();
    return write(root);
  }

  private static String write(Filled root) {
    ConfigWriter writer = new ConfigWriter();
    writer.table(root, ConfigForms.ROOT, "");
    return writer.out.toString();
  }

  private void table(Filled table, Form form, String header) {
    String kind = kind(table, form);
    for (Key key : form.keys(kind)) {
      Object value = table.get(key.name());
      if (value != null && !isTable(key)) {
        out.append(Toml.key(key.name())).append(" = ").append(key.type().show(value)).append('\n');
      }
    }
    for (Key key : form.keys(kind)) {
      String path = header.isEmpty() ? key.name() : header + "." + key.name();
      if (table.get(key.name()) != null && key.type() instanceof KeyType.Sub sub) {
        if (!table.table(key.name()).keys().isEmpty()) {
          header("[" + path + "]");
          table(table.table(key.name()), sub.form(), path);
        }
      } else if (key.type() instanceof KeyType.Rows rows) {
        for (Filled row : table.rows(key.name())) {
          header("[[" + path + "]]");
          table(row, rows.form(), path);
        }
      }
    }
  }

  private void header(String text) {
    out.append(out.isEmpty() ? "" : "\n").append(text).append('\n');
  }

  static boolean isTable(Key key) {
    return key.type() instanceof KeyType.Sub || key.type() instanceof KeyType.Rows;
  }

  /** The kind of a table; empty if it has none or does not say it. */
  static String kind(Filled table, Form form) {
    String said = table.textOrNull(form.kindKey().orElse(""));
    return said == null ? form.standardKind() : said;
  }

  /** Leaves out, key by key, what comes back by itself. */
  private static final class Shortener {
    private final Filled root;
    private final ClusterConfig config;

    Shortener(Filled root, ClusterConfig config) {
      this.root = root;
      this.config = config;
    }

    void shorten() {
      table(root, ConfigForms.ROOT);
    }

    private void table(Filled table, Form form) {
      for (Key key : form.keys(kind(table, form))) {
        if (table.get(key.name()) == null) {
          continue;
        }
        switch (key.type()) {
          case KeyType.Sub sub -> table(table.table(key.name()), sub.form());
          case KeyType.Rows rows -> table.rows(key.name()).forEach(row -> table(row, rows.form()));
          default -> simple(table, key, kind(table, form));
        }
      }
    }

    private void simple(Filled table, Key key, String kind) {
      switch (key.absence()) {
        case Key.Required _, Key.Unset _ -> {}
        case Key.Standard _, Key.ByKind _ -> {
          if (Objects.equals(table.get(key.name()), FormCheck.standardValue(key, kind))) {
            table.remove(key.name());
          }
        }
        case Key.Derived _ -> withoutIfEqual(table, key.name());
      }
    }

    private void withoutIfEqual(Filled table, String key) {
      Object value = table.get(key);
      table.remove(key);
      if (!config.equals(again())) {
        table.put(key, value);
      }
    }

    private ClusterConfig again() {
      return ConfigBinder.bind(FormCheck.check(RawTree.of(root), ConfigForms.ROOT).filled());
    }
  }
}
