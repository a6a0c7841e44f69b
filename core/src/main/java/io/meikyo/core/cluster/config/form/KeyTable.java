// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The forms as a page for people, in Markdown: every key with its values, default and need. */
public final class KeyTable {
  private final StringBuilder out = new StringBuilder();

  private KeyTable() {}

  /** The whole page. */
  public static String text() {
    KeyTable page = new KeyTable();
    page.out.append(
        """
        # All keys of meikyo.toml

        This page is what `meikyo config keys` prints. How the file is made up, with examples:
        [configuration.md](configuration.md).

        - A **default** in brackets follows from other values; where it depends on the kind, each is
          named.
        - **Needs** is what applying a changed value needs: nothing, or a restart of what is named;
          *made anew* means that it cannot be changed on what lives.
        - Durations have a unit: `500ms`, `30s`, `5m`, `2h`, `1d`.
          Sizes too: `512KiB`, `64MiB`, `1GiB`, `2TiB`.
        """);
    page.forms(ConfigForms.ROOT);
    return page.out.toString();
  }

  /** One table of the file, or empty if there is none under this header. */
  public static Optional<String> text(String header) {
    KeyTable page = new KeyTable();
    return all(ConfigForms.ROOT).stream()
        .filter(key -> formOf(key).header().equals(header))
        .findFirst()
        .map(key -> {
          page.page(key);
          return page.out.toString();
        });
  }

  /** The headers of all tables. */
  public static List<String> headers() {
    return all(ConfigForms.ROOT).stream().map(key -> formOf(key).header()).toList();
  }

  private static List<Key> all(Form form) {
    List<Key> all = new ArrayList<>();
    for (Key key : form.common()) {
      if (ConfigWriter.isTable(key)) {
        all.add(key);
        all.addAll(all(formOf(key)));
      }
    }
    return all;
  }

  private static Form formOf(Key key) {
    return switch (key.type()) {
      case KeyType.Sub sub -> sub.form();
      case KeyType.Rows rows -> rows.form();
      default -> ConfigForms.ROOT;
    };
  }

  private void forms(Form root) {
    all(root).forEach(this::page);
  }

  private void page(Key key) {
    Form form = formOf(key);
    boolean rows = key.type() instanceof KeyType.Rows;
    String header = rows ? "[[" + form.header() + "]]" : "[" + form.header() + "]";
    out.append("\n## `").append(header).append("`\n\n").append(form.about());
    if (key.type() instanceof KeyType.Rows r) {
      out.append(" From ").append(r.min()).append(" to ").append(r.max()).append(" of them.");
      out.append(" One more needs: ").append(form.added().word());
      out.append("; one less: ").append(form.removed().word()).append('.');
    }
    out.append("\n\n");
    table(form.common(), form);
    for (String kind : form.kinds()) {
      if (!form.own(kind).isEmpty()) {
        out.append("\nOnly for ")
            .append(form.kindKey().orElse(""))
            .append(" = `")
            .append(Toml.text(kind))
            .append("`:\n\n");
        table(form.own(kind), form);
      }
    }
  }

  private void table(List<Key> keys, Form form) {
    out.append("| key | values | default | needs | what it is |\n|---|---|---|---|---|\n");
    for (Key key : keys) {
      if (!ConfigWriter.isTable(key)) {
        out.append("| `").append(key.name()).append("` | ");
        out.append(cell("`" + key.type().allowed() + "`")).append(" | ");
        out.append(cell(absence(key, form))).append(" | ");
        out.append(key.need().word()).append(" | ");
        out.append(cell(key.about())).append(" |\n");
      }
    }
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }

  private static String absence(Key key, Form form) {
    return switch (key.absence()) {
      case Key.Required _ -> "**required**";
      case Key.Unset unset -> "– (" + unset.meaning() + ")";
      case Key.Derived derived -> "(" + derived.rule() + ")";
      case Key.Standard standard -> "`" + written(standard.written(), key.type()) + "`";
      case Key.ByKind byKind -> byKind(byKind, form, key.type());
    };
  }

  private static String written(Object value, KeyType type) {
    return type instanceof KeyType.Many || !(value instanceof String text)
        ? type.show(value)
        : Toml.text(text);
  }

  /** The value of most kinds, then the others. */
  private static String byKind(Key.ByKind defaults, Form form, KeyType type) {
    Map<String, List<String>> kinds = new LinkedHashMap<>();
    for (String kind : form.kinds()) {
      Object value = defaults.written().get(kind);
      if (value != null) {
        kinds.computeIfAbsent(written(value, type), v -> new ArrayList<>()).add(kind);
      }
    }
    List<Map.Entry<String, List<String>>> sorted = new ArrayList<>(kinds.entrySet());
    sorted.sort((a, b) -> Integer.compare(b.getValue().size(), a.getValue().size()));
    List<String> parts = new ArrayList<>();
    parts.add("`" + sorted.getFirst().getKey() + "`");
    for (Map.Entry<String, List<String>> other : sorted.subList(1, sorted.size())) {
      parts.add(String.join(", ", other.getValue()) + ": `" + other.getKey() + "`");
    }
    return String.join("; ", parts);
  }
}
