// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import io.meikyo.cluster.api.HttpSeam.Request;
import io.meikyo.cluster.api.HttpSeam.Response;
import io.meikyo.core.base.Json;
import io.meikyo.core.cluster.Verdict;
import io.meikyo.core.notice.Notice;
import io.meikyo.texts.Catalogue;
import io.meikyo.texts.Language;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A request that has found its route, and the answers to it.
 *
 * @param path what stands in the place of the route's variables
 * @param self the member that is asked
 */
record Call(Request request, Map<String, String> path, String self) {
  static final int BAD = 400;
  static final int NOT_FOUND = 404;
  static final int REFUSED = 409;
  static final int BROKEN = 500;
  static final int UNREACHABLE = 503;

  // ---- what was asked

  /** A variable of the path. */
  String in(String name) {
    return path.getOrDefault(name, "");
  }

  String parameter(String name) {
    return request.parameter(name);
  }

  boolean flag(String name) {
    return parameter(name).equals("true");
  }

  String need(String name) {
    String value = parameter(name);
    if (value.isEmpty()) {
      throw new Wrong(Notice.of(ApiNotice.MISSING, name));
    }
    return value;
  }

  String by() {
    String by = parameter("by");
    return by.isEmpty() ? self : by;
  }

  /** A number; this one if there is none. */
  int number(String name, int otherwise) {
    String text = parameter(name);
    try {
      return text.isEmpty() ? otherwise : Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new Wrong(Notice.of(ApiNotice.BAD_VALUE, name, text, "a number"));
    }
  }

  long big(String name) {
    try {
      return Long.parseLong(need(name));
    } catch (NumberFormatException e) {
      throw new Wrong(Notice.of(ApiNotice.BAD_VALUE, name, parameter(name), "a number"));
    }
  }

  /** Words with commas between them; one at least. */
  List<String> list(String name) {
    return List.of(need(name).split(","));
  }

  /** A number of 64 bits. */
  long hex(String name) {
    try {
      return Long.parseUnsignedLong(need(name), 16);
    } catch (NumberFormatException e) {
      throw new Wrong(Notice.of(ApiNotice.BAD_VALUE, name, parameter(name), "hexadecimal"));
    }
  }

  /** In which language it is to be answered. */
  String language() {
    String tag = parameter("lang");
    return tag.isEmpty() ? "en" : tag;
  }

  UUID id(String name) {
    String text = need(name);
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException e) {
      throw new Wrong(Notice.of(ApiNotice.BAD_VALUE, name, text, "an id"));
    }
  }

  // ---- what is answered

  Catalogue texts() {
    return Catalogue.in(Language.choose(parameter("lang"), Map.of()));
  }

  StatusFacts facts() {
    return new StatusFacts(texts());
  }

  Response answer(Verdict verdict) {
    return verdict.taken() ? done(verdict.notice()) : refused(verdict.notice());
  }

  Response done(Notice... notices) {
    return said(HttpSeam.OK, true, List.of(notices));
  }

  Response refused(Notice... notices) {
    return said(REFUSED, false, List.of(notices));
  }

  Response said(int status, boolean ok, List<Notice> notices) {
    Function<Notice, Object> one = facts()::notice;
    Map<String, @Nullable Object> m = new LinkedHashMap<>();
    m.put("ok", ok);
    m.put("notices", notices.stream().map(one).toList());
    return new Response(status, Json.of(m));
  }
}
