// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.peer;

import java.util.LinkedHashMap;
import java.util.Map;

/** Keeps what comes again and again from being said more than once a minute. Any thread. */
final class Repeats {
  private static final long AGAIN_NANOS = 60_000_000_000L;
  private static final int REMEMBERED_MAX = 256;

  private final Map<String, Long> said = new LinkedHashMap<>();

  /** True if this was not said within a minute. */
  synchronized boolean isNews(String what) {
    long now = System.nanoTime();
    Long before = said.get(what);
    if (before != null && now - before < AGAIN_NANOS) {
      return false;
    }
    if (said.size() >= REMEMBERED_MAX) {
      said.clear();
    }
    said.put(what, now);
    return true;
  }
}
