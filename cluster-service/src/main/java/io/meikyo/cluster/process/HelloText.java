// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.cluster.api.JsonText;
import io.meikyo.core.base.Json;
import io.meikyo.core.cluster.arbitration.Hello;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A hello as JSON. */
final class HelloText {
  /** Where members say it to each other. */
  static final String PATH = "/v1/hello";

  private static final int LINEAGE_MAX = 10_000;

  private HelloText() {}

  static String of(Hello h) {
    Map<String, @Nullable Object> m = new LinkedHashMap<>();
    m.put("cluster", h.cluster().toString());
    m.put("member", h.member());
    m.put("group", h.group().toString());
    m.put("lineage", h.lineage().stream().map(UUID::toString).toList());
    m.put("last", h.last());
    m.put("whole", h.whole());
    m.put("rests", h.rests());
    return Json.of(m);
  }

  /** Throws {@link IllegalArgumentException} if it is none. */
  static Hello read(String json) {
    Map<String, @Nullable Object> m = JsonText.object(json);
    List<UUID> lineage = new ArrayList<>();
    if (m.get("lineage") instanceof List<?> all && all.size() <= LINEAGE_MAX) {
      all.forEach(one -> lineage.add(UUID.fromString(String.valueOf(one))));
    } else {
      throw new IllegalArgumentException("no lineage");
    }
    return new Hello(
        UUID.fromString(String.valueOf(m.get("cluster"))),
        String.valueOf(m.get("member")),
        UUID.fromString(String.valueOf(m.get("group"))),
        lineage,
        m.get("last") instanceof Long last ? last : -1,
        Boolean.TRUE.equals(m.get("whole")),
        Boolean.TRUE.equals(m.get("rests")));
  }
}
