// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compares what was read with a form. Everything that is wrong becomes a finding, and where a value
 * cannot be read, its default or a stand-in takes its place, so that the rest can be judged in the
 * same round.
 */
public final class FormCheck {
  private static final int SHOWN_CHARACTERS_MAX = 60;

  /**
   * What came out.
   *
   * @param filled the values; stand-ins where {@code findings} is not empty
   * @param findings what is wrong, all of them errors
   * @param broken the paths that have a stand-in, or whose content is unknown
   */
  public record Result(Filled filled, List<Finding> findings, List<ConfigPath> broken) {
    /** Freezes the lists. */
    public Result {
      findings = List.copyOf(findings);
      broken = List.copyOf(broken);
    }
  }

  private final List<Finding> findings = new ArrayList<>();
  private final List<ConfigPath> broken = new ArrayList<>();

  private FormCheck() {}

  /** Compares a whole configuration. */
  public static Result check(RawNode.Table raw, Form form) {
    FormCheck check = new FormCheck();
    Filled filled = check.table(raw, form, ConfigPath.ROOT);
    return new Result(filled, check.findings, check.broken);
  }

  /** A single value of a simple type; empty if it cannot be one. */
  public static Optional<Object> value(RawNode raw, KeyType type) {
    FormCheck check = new FormCheck();
    Object value = check.value(raw, type, ConfigPath.ROOT);
    return check.findings.isEmpty() ? Optional.ofNullable(value) : Optional.empty();
  }

  private Filled table(RawNode.Table raw, Form form, ConfigPath path) {
    Filled filled = new Filled();
    String said = form.saidKind(raw);
    boolean kindKnown = said.isEmpty() ? !kindRequired(form) : form.kinds().contains(said);
    String kind = kindKnown ? said : anyKind(form);
    for (String key : raw.entries().keySet()) {
      if (form.key(kind, key).isEmpty()) {
        unknown(key, form, kind, kindKnown, path.at(key));
      }
    }
    for (Key key : form.keys(kind)) {
      RawNode.Entry entry = raw.entries().get(key.name());
      ConfigPath at = path.at(key.name());
      if (entry != null) {
        filled.put(key.name(), value(entry.value(), key, kind, at));
      } else if (kindKnown || form.common().contains(key)) {
        filled.put(key.name(), absent(key, kind, at));
      } else {
        // Nobody knows whether it should be there: that the kind is wrong is said already.
        filled.put(key.name(), standIn(key.type(), at));
      }
    }
    if (!kindKnown) {
      broken.add(path);
      form.kindKey().ifPresent(key -> filled.put(key, kind));
    }
    return filled;
  }

  private static boolean kindRequired(Form form) {
    return form.key("", form.kindKey().orElse(""))
        .map(key -> key.absence() instanceof Key.Required)
        .orElse(false);
  }

  /** What stands in for a kind that is not known. */
  private static String anyKind(Form form) {
    String standard = form.standardKind();
    return standard.isEmpty() ? form.kinds().getFirst() : standard;
  }

  private void unknown(String key, Form form, String kind, boolean kindKnown, ConfigPath at) {
    List<String> elsewhere = form.kindsWith(key);
    if (!elsewhere.isEmpty()) {
      if (kindKnown) {
        add(at, FormNotice.OTHER_KIND, Toml.text(kind), texts(elsewhere));
      }
      return;
    }
    List<String> known = form.keys(kind).stream().map(Key::name).toList();
    String near = Words.nearest(key, known);
    if (near == null) {
      add(at, FormNotice.UNKNOWN, String.join(", ", known));
    } else {
      add(at, FormNotice.UNKNOWN_NEAR, near, String.join(", ", known));
    }
  }

  private static String texts(List<String> words) {
    return String.join(" | ", words.stream().map(Toml::text).toList());
  }

  private @Nullable Object absent(Key key, String kind, ConfigPath at) {
    if (key.absence() instanceof Key.Required) {
      add(at, FormNotice.MISSING, key.type().allowed());
      broken.add(at);
      return standIn(key.type(), at);
    }
    if (key.type() instanceof KeyType.Sub sub) {
      return table(RawNode.Table.EMPTY, sub.form(), at);
    }
    return standardValue(key, kind);
  }

  /** The default of a key as a value, for a kind of table; null if it has none or is derived. */
  static @Nullable Object standardValue(Key key, String kind) {
    Object written = key.standard(kind);
    boolean plain = key.type() instanceof KeyType.Many || key.type() instanceof KeyType.TextMap;
    return written == null || plain ? written : key.type().read(written);
  }

  private @Nullable Object value(RawNode raw, Key key, String kind, ConfigPath at) {
    Object value = value(raw, key.type(), at);
    if (value != null) {
      return value;
    }
    broken.add(at);
    Object standard = standardValue(key, kind);
    boolean needed = key.absence() instanceof Key.Required || key.type() instanceof KeyType.Sub;
    return standard == null && needed ? standIn(key.type(), at) : standard;
  }

  /** What a table lacks that is not there at all is not said one by one. */
  private static Object standIn(KeyType type, ConfigPath at) {
    return type instanceof KeyType.Sub sub
        ? new FormCheck().table(RawNode.Table.EMPTY, sub.form(), at)
        : type.standIn();
  }

  /** A value, or null with a finding. */
  private @Nullable Object value(RawNode raw, KeyType type, ConfigPath at) {
    return switch (type) {
      case KeyType.Sub sub when raw instanceof RawNode.Table t -> table(t, sub.form(), at);
      case KeyType.Rows rows when raw instanceof RawNode.Items i && allTables(i) ->
          rows(i, rows, at);
      case KeyType.Many many when raw instanceof RawNode.Items i -> many(i, many, at);
      case KeyType.TextMap map when raw instanceof RawNode.Table t -> map(t, map, at);
      default -> scalar(raw, type, at);
    };
  }

  private static boolean allTables(RawNode.Items items) {
    return items.items().stream().allMatch(RawNode.Table.class::isInstance);
  }

  private @Nullable Object scalar(RawNode raw, KeyType type, ConfigPath at) {
    Object written = raw instanceof RawNode.Scalar s ? s.value() : null;
    Object value = written == null ? null : type.read(written);
    if (value == null) {
      bad(raw, written, type, at);
    }
    return value;
  }

  private void bad(RawNode raw, @Nullable Object written, KeyType type, ConfigPath at) {
    String near = written == null ? null : type.meant(written);
    String shown = shown(raw);
    if (near == null || near.equals(shown)) {
      add(at, FormNotice.BAD, shown, type.allowed());
    } else {
      add(at, FormNotice.BAD_NEAR, shown, type.allowed(), near);
    }
  }

  private static String shown(RawNode raw) {
    String text =
        switch (raw) {
          case RawNode.Scalar s when s.value() instanceof String t -> Toml.text(t);
          case RawNode.Scalar s -> String.valueOf(s.value());
          case RawNode.Items _ -> "[…]";
          case RawNode.Table _ -> "{…}";
        };
    return text.length() <= SHOWN_CHARACTERS_MAX
        ? text
        : text.substring(0, SHOWN_CHARACTERS_MAX - 1) + "…";
  }

  private List<Filled> rows(RawNode.Items raw, KeyType.Rows rows, ConfigPath at) {
    count(raw, rows.min(), rows.max(), at);
    List<Filled> all = new ArrayList<>();
    for (int i = 0; i < raw.items().size(); i++) {
      if (raw.items().get(i) instanceof RawNode.Table table) {
        all.add(table(table, rows.form(), at.at(i)));
      }
    }
    return all;
  }

  private List<Object> many(RawNode.Items raw, KeyType.Many many, ConfigPath at) {
    count(raw, many.min(), many.max(), at);
    List<Object> all = new ArrayList<>();
    Set<Object> seen = new HashSet<>();
    for (int i = 0; i < raw.items().size(); i++) {
      ConfigPath place = at.at(i);
      Object value = value(raw.items().get(i), many.of(), place);
      if (value == null) {
        broken.add(at);
      } else if (!seen.add(value)) {
        add(place, FormNotice.TWICE, many.of().show(value));
        broken.add(at);
      } else {
        all.add(value);
      }
    }
    return all;
  }

  private void count(RawNode.Items raw, int min, int max, ConfigPath at) {
    int count = raw.items().size();
    if (count < min) {
      add(at, FormNotice.TOO_FEW, count, min);
      broken.add(at);
    } else if (count > max) {
      add(at, FormNotice.TOO_MANY, count, max);
    }
  }

  private Map<String, String> map(RawNode.Table raw, KeyType.TextMap type, ConfigPath at) {
    Map<String, String> all = new LinkedHashMap<>();
    KeyType.Text text = new KeyType.Text(TextRule.ANY);
    raw.entries()
        .forEach((name, entry) -> {
          if (!isVariable(name)) {
            add(at.at(name), FormNotice.BAD, Toml.text(name), type.allowed());
          }
          Object value =
              entry.value() instanceof RawNode.Scalar s && s.value().equals("")
                  ? ""
                  : value(entry.value(), text, at.at(name));
          if (value != null) {
            all.put(name, (String) value);
          }
        });
    return all;
  }

  private static boolean isVariable(String name) {
    return Words.made(name, 255, "_") && !Character.isDigit(name.charAt(0));
  }

  private void add(ConfigPath at, FormNotice code, Object... args) {
    findings.add(Finding.of(at, code, args));
  }
}
