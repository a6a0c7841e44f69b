// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.core.base.Json;
import io.meikyo.core.cluster.config.diff.ConfigChange;
import io.meikyo.core.cluster.config.diff.ConfigDiff;
import io.meikyo.core.cluster.config.form.Need;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.Severity;
import io.meikyo.texts.Catalogue;
import io.meikyo.texts.Rendered;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Findings and differences, for people and as JSON. */
final class ConfigPrinter {
  private final Catalogue texts;
  private final PrintWriter out;

  ConfigPrinter(Catalogue texts, PrintWriter out) {
    this.texts = texts;
    this.out = out;
  }

  void notices(List<Notice> notices) {
    notices.forEach(notice -> texts.lines(notice).forEach(out::println));
    out.flush();
  }

  /** One line without a label. */
  void message(Notice notice) {
    out.println(texts.render(notice).message());
    out.flush();
  }

  void json(Object value) {
    out.println(Json.of(value));
    out.flush();
  }

  Map<String, @Nullable Object> noticesJson(String file, List<Notice> notices) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    map.put("file", file);
    map.put("errors", count(notices, Severity.ERROR));
    map.put("warnings", count(notices, Severity.WARNING));
    map.put("notices", notices.stream().map(this::notice).toList());
    return map;
  }

  private Map<String, @Nullable Object> notice(Notice notice) {
    Rendered rendered = texts.render(notice);
    Map<String, Object> args = new LinkedHashMap<>();
    notice.args().forEach(arg -> args.put(arg.name(), arg.value()));
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    map.put("code", notice.code());
    map.put("severity", notice.severity().name());
    map.put("arguments", args);
    map.put("message", rendered.message());
    map.put("cause", rendered.cause());
    map.put("correction", rendered.correction());
    return map;
  }

  static long count(List<Notice> notices, Severity severity) {
    return notices.stream().filter(n -> n.severity() == severity).count();
  }

  void changes(List<ConfigChange> changes) {
    for (ConfigChange change : changes) {
      String needs = "   (" + need(change.need()) + ")";
      out.println(
          switch (change.what()) {
            case ADDED -> "+ " + change.path() + needs;
            case REMOVED -> "- " + change.path() + needs;
            case CHANGED, REORDERED ->
                "~ "
                    + change.path()
                    + ": "
                    + value(change.before())
                    + " → "
                    + value(change.after())
                    + needs;
          });
    }
    message(
        changes.isEmpty()
            ? Notice.of(ConfigNotice.EQUAL)
            : Notice.of(ConfigNotice.NEEDS, need(ConfigDiff.need(changes))));
  }

  private static String value(String written) {
    return written.isEmpty() ? "–" : written;
  }

  private String need(Need need) {
    return texts.phrase(
        switch (need) {
          case NOTHING -> "need.nothing";
          case MONITOR -> "need.monitor";
          case AGENT -> "need.agent";
          case RESOURCE -> "need.resource";
          case GROUP -> "need.group";
          case SUSPEND -> "need.suspend";
          case SERVICE -> "need.service";
          case NEW -> "need.new";
        });
  }

  static Map<String, @Nullable Object> changesJson(List<ConfigChange> changes) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    map.put("needs", ConfigDiff.need(changes).word());
    map.put("changes", changes.stream().map(ConfigPrinter::change).toList());
    return map;
  }

  private static Map<String, @Nullable Object> change(ConfigChange change) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    map.put("path", change.path());
    map.put("what", change.what().name());
    map.put("before", change.before().isEmpty() ? null : change.before());
    map.put("after", change.after().isEmpty() ? null : change.after());
    map.put("needs", change.need().word());
    map.put(
        "concerns",
        change.subjects().stream().map(s -> Map.of("kind", s.kind(), "name", s.name())).toList());
    return map;
  }
}
