// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.form;

import io.meikyo.core.base.Invariant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A table whose values fit its form, with the defaults in their places. Durations are ns and sizes
 * bytes. Derived and unset keys may be absent; all others are there. Not safe for several threads.
 */
public final class Filled {
  private final Map<String, Object> values = new LinkedHashMap<>();

  /** Puts a value: String, Long, Boolean, List, Map of text, or Filled. Null: nothing happens. */
  public Filled put(String key, @Nullable Object value) {
    if (value != null) {
      values.put(key, value instanceof Integer i ? Long.valueOf(i) : value);
    }
    return this;
  }

  /** Takes a value away. */
  public void remove(String key) {
    values.remove(key);
  }

  /** The keys that are there, in order. */
  public Set<String> keys() {
    return values.keySet();
  }

  /** A value, or null if it is not there. */
  public @Nullable Object get(String key) {
    return values.get(key);
  }

  private <T> T the(String key, Class<T> type) {
    Object value = values.get(key);
    if (!type.isInstance(value)) {
      throw new Invariant.Broken("the form gives " + key + " as " + type.getSimpleName());
    }
    return type.cast(value);
  }

  /** Text that is there. */
  public String text(String key) {
    return the(key, String.class);
  }

  /** Text, or null if it is not there. */
  public @Nullable String textOrNull(String key) {
    return values.containsKey(key) ? text(key) : null;
  }

  /** A number, duration or size that is there. */
  public long number(String key) {
    return the(key, Long.class);
  }

  /** A number that is small by its form. */
  public int small(String key) {
    return Math.toIntExact(number(key));
  }

  /** A truth value that is there. */
  public boolean flag(String key) {
    return the(key, Boolean.class);
  }

  /** A list of text; null if it is not there. */
  public @Nullable List<String> textsOrNull(String key) {
    if (!values.containsKey(key)) {
      return null;
    }
    List<String> all = new ArrayList<>();
    for (Object value : the(key, List.class)) {
      all.add((String) value);
    }
    return all;
  }

  /** A list of text that is there. */
  public List<String> texts(String key) {
    List<String> all = textsOrNull(key);
    return all == null ? List.of() : all;
  }

  /** A table that is there. */
  public Filled table(String key) {
    return the(key, Filled.class);
  }

  /** Tables; empty if there are none. */
  public List<Filled> rows(String key) {
    List<Filled> all = new ArrayList<>();
    if (values.containsKey(key)) {
      for (Object value : the(key, List.class)) {
        all.add((Filled) value);
      }
    }
    return all;
  }

  /** Names and values; empty if there are none. */
  public Map<String, String> map(String key) {
    Map<String, String> all = new LinkedHashMap<>();
    if (values.containsKey(key)) {
      for (Map.Entry<?, ?> e : ((Map<?, ?>) the(key, Map.class)).entrySet()) {
        all.put((String) e.getKey(), (String) e.getValue());
      }
    }
    return all;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Filled filled && values.equals(filled.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  @Override
  public String toString() {
    return values.toString();
  }
}
