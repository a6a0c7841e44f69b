// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.link;

import io.meikyo.core.notice.Notice;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Tells of strangers, once a minute for each host and reason: whoever is refused mostly calls again
 * at once. For the loop's thread.
 */
final class Refusals {
  private static final long AGAIN_NANOS = 60_000_000_000L;
  private static final int HOSTS_MAX = 256;

  private final LongSupplier nanos;
  private final Consumer<Notice> notices;
  private final Map<String, Long> told = new HashMap<>();

  Refusals(LongSupplier nanos, Consumer<Notice> notices) {
    this.nanos = nanos;
    this.notices = notices;
  }

  /**
   * Tells it, or has told it.
   *
   * @param address whence it called, {@code HOST:PORT}
   * @param flaw why it is refused
   */
  void tell(LinkNotice notice, String address, String flaw) {
    String key = address.substring(0, Math.max(0, address.lastIndexOf(':'))) + flaw;
    Long before = told.get(key);
    if (before != null && nanos.getAsLong() - before < AGAIN_NANOS) {
      return;
    }
    if (told.size() >= HOSTS_MAX) {
      told.clear();
    }
    told.put(key, nanos.getAsLong());
    notices.accept(Notice.of(notice, address, flaw));
  }
}
