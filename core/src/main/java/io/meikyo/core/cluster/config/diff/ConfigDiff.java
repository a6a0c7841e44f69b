// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.diff;

import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.form.ConfigForms;
import io.meikyo.core.cluster.config.form.ConfigTree;
import io.meikyo.core.cluster.config.form.Filled;
import io.meikyo.core.cluster.config.form.Form;
import io.meikyo.core.cluster.config.form.Key;
import io.meikyo.core.cluster.config.form.KeyType;
import io.meikyo.core.cluster.config.form.Need;
import io.meikyo.core.notice.Subject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Compares two configurations, table by table and key by key, in the order of the forms. */
public final class ConfigDiff {
  private final List<ConfigChange> changes = new ArrayList<>();

  private ConfigDiff() {}

  /** All differences; none if both are equal. */
  public static List<ConfigChange> between(ClusterConfig before, ClusterConfig after) {
    ConfigDiff diff = new ConfigDiff();
    diff.table(
        ConfigTree.of(before), ConfigTree.of(after), ConfigForms.ROOT, new Where("", List.of()));
    return List.copyOf(diff.changes);
  }

  /** The most that any of them needs. */
  public static Need need(List<ConfigChange> changes) {
    return changes.stream().map(ConfigChange::need).max(Need::compareTo).orElse(Need.NOTHING);
  }

  /** What counts on a server only from the next start of its cluster service: paths, in order. */
  public static List<String> fromNextStart(List<ConfigChange> changes) {
    return changes.stream().filter(c -> c.need() == Need.SERVICE).map(ConfigChange::path).toList();
  }

  /** Groups of which something counts only when they, or a resource of theirs, start anew. */
  public static List<String> fromNextGroupStart(List<ConfigChange> changes) {
    return changes.stream()
        .filter(c -> c.need() == Need.RESOURCE || c.need() == Need.GROUP)
        .flatMap(c -> c.subjects().stream())
        .filter(s -> s.kind().equals("group"))
        .map(Subject::name)
        .distinct()
        .toList();
  }

  /** A place, and whom it belongs to. */
  private record Where(String path, List<Subject> subjects) {
    Where key(String key) {
      return new Where(path.isEmpty() ? key : path + "." + key, subjects);
    }

    Where row(String list, String name) {
      List<Subject> more = new ArrayList<>(List.of(new Subject(list, name)));
      more.addAll(subjects);
      return new Where(key(list).path + "[" + name + "]", more);
    }
  }

  private void table(Filled before, Filled after, Form form, Where where) {
    for (Key key : keys(before, after, form)) {
      switch (key.type()) {
        case KeyType.Sub sub ->
            table(
                before.table(key.name()),
                after.table(key.name()),
                sub.form(),
                where.key(key.name()));
        case KeyType.Rows rows ->
            rows(before.rows(key.name()), after.rows(key.name()), key.name(), rows.form(), where);
        default -> value(before.get(key.name()), after.get(key.name()), key, where);
      }
    }
  }

  /** The keys of both kinds, if the kind has changed. */
  private static List<Key> keys(Filled before, Filled after, Form form) {
    String kindKey = form.kindKey().orElse("");
    String was = Objects.requireNonNullElse(before.textOrNull(kindKey), "");
    String is = Objects.requireNonNullElse(after.textOrNull(kindKey), "");
    List<Key> all = new ArrayList<>(form.keys(is));
    if (!was.equals(is)) {
      form.own(was).stream()
          .filter(k -> all.stream().noneMatch(other -> other.name().equals(k.name())))
          .forEach(all::add);
    }
    return all;
  }

  private void value(@Nullable Object before, @Nullable Object after, Key key, Where where) {
    if (!Objects.equals(before, after)) {
      Where at = where.key(key.name());
      changes.add(
          new ConfigChange(
              at.path(),
              ConfigChange.What.CHANGED,
              shown(before, key),
              shown(after, key),
              key.need(),
              at.subjects()));
    }
  }

  private static String shown(@Nullable Object value, Key key) {
    return value == null ? "" : key.type().show(value);
  }

  private void rows(List<Filled> before, List<Filled> after, String list, Form form, Where where) {
    Map<String, Filled> was = byName(before);
    Map<String, Filled> is = byName(after);
    was.keySet().stream()
        .filter(name -> !is.containsKey(name))
        .forEach(name -> row(ConfigChange.What.REMOVED, form.removed(), where.row(list, name)));
    is.forEach((name, row) -> {
      Filled old = was.get(name);
      if (old == null) {
        row(ConfigChange.What.ADDED, form.added(), where.row(list, name));
      } else {
        table(old, row, form, where.row(list, name));
      }
    });
    List<String> stayed = was.keySet().stream().filter(is::containsKey).toList();
    List<String> stay = is.keySet().stream().filter(was::containsKey).toList();
    if (form.ordered() && !stayed.equals(stay)) {
      changes.add(
          new ConfigChange(
              where.key(list).path(),
              ConfigChange.What.REORDERED,
              String.join(", ", stayed),
              String.join(", ", stay),
              Need.NOTHING,
              where.subjects()));
    }
  }

  private void row(ConfigChange.What what, Need need, Where where) {
    changes.add(new ConfigChange(where.path(), what, "", "", need, where.subjects()));
  }

  /** Rows are the same one if they have the same name. */
  private static Map<String, Filled> byName(List<Filled> rows) {
    Map<String, Filled> all = new LinkedHashMap<>();
    for (Filled row : rows) {
      String name = row.textOrNull("name");
      all.put(name == null ? row.text("server") : name, row);
    }
    return all;
  }
}
