// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.cluster.api.ApiRoutes;
import io.meikyo.cluster.api.JsonText;
import io.meikyo.core.base.Json;
import io.meikyo.core.notice.Arg;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.Severity;
import io.meikyo.core.notice.Subject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What this member has said, kept over restarts: one line a notice in a file on the system disk,
 * without a language, so that each reader has it in his own.
 *
 * <pre>
 *  {"time":"2026-11-23T02:45:01.123Z","code":"node.leased","severity":"INFO","args":{},"about":{}}
 * </pre>
 *
 * <p>At 4 MiB the file becomes {@code events.log.1} and a new one begins. A disk that takes nothing
 * more does not stop the service: the lines stay in memory, and the first that could not be written
 * says so on standard error. Any thread.
 */
final class EventLog {
  private static final int KEPT = 2000;
  private static final long FILE_BYTES_MAX = 4 << 20;

  private final Path file;
  private final InstantSource clock;
  private final Deque<ApiRoutes.Event> last = new ArrayDeque<>();
  private long bytes;
  private boolean failed;

  /** Opens it; what a former life has written is there. */
  EventLog(Path file, InstantSource clock) {
    this.file = file;
    this.clock = clock;
    read(former());
    read(file);
  }

  private Path former() {
    return file.resolveSibling(file.getFileName() + ".1");
  }

  private void read(Path from) {
    if (!Files.exists(from)) {
      return;
    }
    try {
      bytes = Files.size(from);
      for (String line : Files.readAllLines(from)) {
        ApiRoutes.Event event = event(line);
        if (event != null) {
          keep(event);
        }
      }
    } catch (IOException e) {
      failed(e);
    }
  }

  private void keep(ApiRoutes.Event event) {
    last.addLast(event);
    if (last.size() > KEPT) {
      last.removeFirst();
    }
  }

  /** Adds a notice. */
  synchronized void add(Notice notice) {
    ApiRoutes.Event event = new ApiRoutes.Event(clock.instant(), notice);
    keep(event);
    try {
      if (bytes >= FILE_BYTES_MAX) {
        Files.move(file, former(), StandardCopyOption.REPLACE_EXISTING);
        bytes = 0;
      }
      String line = line(event) + "\n";
      Files.writeString(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      bytes += line.getBytes(StandardCharsets.UTF_8).length;
      failed = false;
    } catch (IOException e) {
      failed(e);
    }
  }

  private void failed(IOException e) {
    if (!failed) {
      failed = true;
      keep(
          new ApiRoutes.Event(
              clock.instant(),
              Notice.of(ServiceNotice.EVENTS_NOT_KEPT, file, String.valueOf(e.getMessage()))));
    }
  }

  /** The last so many, oldest first. */
  synchronized List<ApiRoutes.Event> last(int count) {
    List<ApiRoutes.Event> all = new ArrayList<>(last);
    return all.subList(Math.max(0, all.size() - count), all.size());
  }

  // ---- lines

  private static String line(ApiRoutes.Event event) {
    Notice n = event.notice();
    Map<String, @Nullable Object> m = new LinkedHashMap<>();
    m.put("time", event.time().toString());
    m.put("code", n.code());
    m.put("severity", n.severity().name());
    Map<String, String> args = new LinkedHashMap<>();
    n.args().forEach(a -> args.put(a.name(), a.value()));
    m.put("args", args);
    Map<String, String> about = new LinkedHashMap<>();
    n.subjects().forEach(s -> about.put(s.kind(), s.name()));
    m.put("about", about);
    return Json.line(m);
  }

  /** Null if a line makes no sense: the last one of a life may be torn. */
  private static ApiRoutes.@Nullable Event event(String line) {
    try {
      Map<String, @Nullable Object> m = JsonText.object(line);
      List<Arg> args = new ArrayList<>();
      each(m.get("args")).forEach((name, value) -> args.add(new Arg(name, value)));
      List<Subject> about = new ArrayList<>();
      each(m.get("about")).forEach((kind, name) -> about.add(new Subject(kind, name)));
      return new ApiRoutes.Event(
          Instant.parse(String.valueOf(m.get("time"))),
          Notice.received(
              String.valueOf(m.get("code")),
              Severity.valueOf(String.valueOf(m.get("severity"))),
              args,
              about));
    } catch (IllegalArgumentException | java.time.DateTimeException e) {
      return null;
    }
  }

  private static Map<String, String> each(@Nullable Object value) {
    Map<String, String> all = new LinkedHashMap<>();
    if (value instanceof Map<?, ?> map) {
      map.forEach((k, v) -> all.put(String.valueOf(k), String.valueOf(v)));
    }
    return all;
  }
}
