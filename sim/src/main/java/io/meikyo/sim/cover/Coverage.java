// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.cover;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Counters by name. The hot ones are fetched once as a {@link Counter} and incremented without a
 * look-up. One instance belongs to one thread; {@link #addTo} brings them together.
 */
public final class Coverage {
  private final Map<String, Counter> counters = new TreeMap<>();
  private final Map<Class<?>, Map<String, Counter>> byType = new HashMap<>();

  /** One number. */
  public static final class Counter {
    private long value;

    /** Once more. */
    public void hit() {
      value++;
    }

    /** How often. */
    public long value() {
      return value;
    }
  }

  /** The counter of this name. */
  public Counter counter(String name) {
    return counters.computeIfAbsent(name, n -> new Counter());
  }

  /** Once more. */
  public void hit(String name) {
    counter(name).hit();
  }

  /** Once more, for a kind of record: {@code prefix/SimpleName}. */
  public void hit(String prefix, Object value) {
    Class<?> type = value.getClass();
    Map<String, Counter> m = byType.get(type);
    if (m == null) {
      m = new TreeMap<>();
      byType.put(type, m);
    }
    Counter c = m.get(prefix);
    if (c == null) {
      c = counter(prefix + "/" + type.getSimpleName());
      m.put(prefix, c);
    }
    c.hit();
  }

  /** Adds all counters to a sum. */
  public void addTo(Map<String, Long> sum) {
    counters.forEach((name, c) -> sum.merge(name, c.value, Long::sum));
  }
}
