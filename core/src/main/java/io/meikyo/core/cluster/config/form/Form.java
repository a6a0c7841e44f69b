// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import io.meikyo.core.base.Invariant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One table of the configuration: which keys it has. A table may have kinds, told apart by one of
 * its keys, each with keys of its own.
 */
public final class Form {
  private final String header;
  private final String about;
  private final Need added;
  private final Need removed;
  private final boolean ordered;
  private final @Nullable String kindKey;
  private final List<Key> common;
  private final Map<String, List<Key>> kinds;

  private Form(Builder b) {
    header = b.header;
    about = b.about;
    added = b.added;
    removed = b.removed;
    ordered = b.ordered;
    kindKey = b.kindKey;
    common = List.copyOf(b.common);
    kinds = Collections.unmodifiableMap(b.kinds);
  }

  /** A table under {@code [header]} or {@code [[header]]}. */
  static Builder form(String header, String about) {
    return new Builder(header, about);
  }

  /** Its header in a file, {@code group.resource}. */
  public String header() {
    return header;
  }

  /** One sentence about it. */
  public String about() {
    return about;
  }

  /** What one more of it needs. */
  public Need added() {
    return added;
  }

  /** What one less of it needs. */
  public Need removed() {
    return removed;
  }

  /** Whether the order of its rows means something. */
  public boolean ordered() {
    return ordered;
  }

  /** The key that tells its kinds apart; empty: it has none. */
  public Optional<String> kindKey() {
    return Optional.ofNullable(kindKey);
  }

  /** The kind of a table that does not say it; empty if it must, or if it follows. */
  String standardKind() {
    Object standard =
        kindKey == null ? null : key("", kindKey).map(k -> k.standard("")).orElse(null);
    return standard == null ? "" : standard.toString();
  }

  /** The kind that a table says it is; not always a known one; empty if it says none. */
  public String saidKind(RawNode.Table raw) {
    RawNode.Entry entry = kindKey == null ? null : raw.entry(kindKey);
    if (entry == null) {
      return standardKind();
    }
    return entry.value() instanceof RawNode.Scalar s ? String.valueOf(s.value()) : "?";
  }

  /** Its kinds, in their order; empty if it has none. */
  public List<String> kinds() {
    return List.copyOf(kinds.keySet());
  }

  /** The keys that every kind has. */
  public List<Key> common() {
    return common;
  }

  /** The keys that only this kind has. */
  public List<Key> own(String kind) {
    return kinds.getOrDefault(kind, List.of());
  }

  /** All keys of a kind: the common ones first. */
  public List<Key> keys(String kind) {
    List<Key> all = new ArrayList<>(common);
    all.addAll(own(kind));
    return all;
  }

  /** The key of this name in this kind. */
  public Optional<Key> key(String kind, String name) {
    return keys(kind).stream().filter(k -> k.name().equals(name)).findFirst();
  }

  /** The kinds that have a key of this name of their own. */
  public List<String> kindsWith(String name) {
    return kinds.entrySet().stream()
        .filter(e -> e.getValue().stream().anyMatch(k -> k.name().equals(name)))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Puts a form together. */
  static final class Builder {
    private final String header;
    private final String about;
    private Need added = Need.NOTHING;
    private Need removed = Need.NOTHING;
    private boolean ordered;
    private @Nullable String kindKey;
    private final List<Key> common = new ArrayList<>();
    private final Map<String, List<Key>> kinds = new LinkedHashMap<>();
    private String current = "";

    private Builder(String header, String about) {
      this.header = header;
      this.about = about;
    }

    Builder rows(Need whenAdded, Need whenRemoved) {
      added = whenAdded;
      removed = whenRemoved;
      return this;
    }

    /** The first of its rows comes first in more than the file. */
    Builder ordered() {
      ordered = true;
      return this;
    }

    /** The key that tells the kinds apart. */
    Builder kindKey(String name, List<String> words, Key.Absence absence, Need need, String text) {
      kindKey = name;
      words.forEach(word -> kinds.put(word, new ArrayList<>()));
      return add(name, new KeyType.OneOf(words), absence, need, text);
    }

    /** What follows belongs to this kind only. */
    Builder kind(String kind) {
      Invariant.check(kinds.containsKey(kind), "a kind that was named: " + kind);
      current = kind;
      return this;
    }

    Builder required(String name, KeyType type, Need need, String text) {
      return add(name, type, new Key.Required(), need, text);
    }

    Builder unset(String name, KeyType type, String meaning, Need need, String text) {
      return add(name, type, new Key.Unset(meaning), need, text);
    }

    Builder standard(String name, KeyType type, Object written, Need need, String text) {
      return add(name, type, new Key.Standard(written), need, text);
    }

    Builder derived(String name, KeyType type, String rule, Need need, String text) {
      return add(name, type, new Key.Derived(rule), need, text);
    }

    /** A value for some kinds, and another one for all others; both as they are written. */
    Builder byKind(
        String name,
        KeyType type,
        Map<String, Object> some,
        Object others,
        Need need,
        String text) {
      Map<String, Object> all = new HashMap<>();
      kinds.keySet().forEach(kind -> all.put(kind, some.getOrDefault(kind, others)));
      return add(name, type, new Key.ByKind(all), need, text);
    }

    private Builder add(String name, KeyType type, Key.Absence absence, Need need, String text) {
      kinds.getOrDefault(current, common).add(new Key(name, type, absence, need, text));
      return this;
    }

    Form end() {
      return new Form(this);
    }
  }
}
