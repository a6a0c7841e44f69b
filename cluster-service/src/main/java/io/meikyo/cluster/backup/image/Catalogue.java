// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.backup.image;

import io.meikyo.cluster.api.JsonText;
import io.meikyo.cluster.backup.image.ImageJobs.State;
import io.meikyo.core.base.Json;
import io.meikyo.core.notice.Arg;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.notice.Severity;
import io.meikyo.core.partition.CutStatus;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The list of backups that were begun on this server: one small file each, in the state folder.
 * What the backups hold stands in their manifests; this is only the list. Any thread.
 */
final class Catalogue {
  /** Backups that are remembered; of older ones only what is in their folders is left. */
  static final int ENTRIES_MAX = 1000;

  private static final String ENDING = ".json";

  /**
   * A backup.
   *
   * @param endedAtMillis wall clock, ms since 1970; 0 as long as it is under way
   */
  record Entry(
      String id,
      State state,
      List<String> disks,
      String by,
      long takenAtMillis,
      long endedAtMillis,
      long bytes,
      CutStatus verdict,
      @Nullable Path place,
      List<Notice> notices) {
    Entry {
      disks = List.copyOf(disks);
      notices = List.copyOf(notices);
    }

    /** How it is after its end; only one that is complete has files. */
    Entry ended(State how, long atMillis, List<Notice> why) {
      Path files = how == State.COMPLETE ? place : null;
      return new Entry(id, how, disks, by, takenAtMillis, atMillis, bytes, verdict, files, why);
    }

    /** How it looks; nothing is under way. */
    ImageJobs.View view() {
      long done = state == State.COMPLETE ? bytes : 0;
      return new ImageJobs.View(
          id, state, disks, by, takenAtMillis, done, bytes, verdict, place, notices);
    }
  }

  private final Path folder;
  private final Consumer<Notice> log;
  private final Map<String, Entry> entries = new TreeMap<>();

  /**
   * Reads the list; what cannot be read is said, and left where it is.
   *
   * @param log takes what is wrong with it
   */
  Catalogue(Path folder, Consumer<Notice> log) {
    this.folder = folder;
    this.log = log;
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + ENDING)) {
      for (Path file : files) {
        read(file);
      }
    } catch (IOException e) {
      failed(folder, ImageProblem.reason(e));
    }
  }

  private void read(Path file) {
    try {
      Entry entry = entry(JsonText.object(Files.readString(file)));
      entries.put(entry.id, entry);
    } catch (IOException e) {
      failed(file, ImageProblem.reason(e));
    } catch (IllegalArgumentException e) {
      failed(file, String.valueOf(e.getMessage()));
    }
  }

  private void failed(Path file, String why) {
    log.accept(Notice.of(ImageNotice.CATALOGUE_FAILED, file, why));
  }

  /** All, the newest first. */
  synchronized List<Entry> all() {
    return entries.values().stream()
        .sorted(Comparator.comparingLong(Entry::takenAtMillis).reversed())
        .toList();
  }

  synchronized @Nullable Entry find(String id) {
    return entries.get(id);
  }

  /**
   * Keeps what is known of a backup; if it cannot be written, that is said, and it counts all the
   * same until this process ends.
   */
  synchronized void put(Entry entry) {
    entries.put(entry.id, entry);
    Path file = file(entry.id);
    try {
      Files.createDirectories(folder);
      ImageFiles.write(file, Json.of(map(entry)) + "\n");
      List<Entry> all = all();
      for (Entry old : all.subList(Math.min(ENTRIES_MAX, all.size()), all.size())) {
        if (old.state.over() && old.state != State.KEPT) {
          entries.remove(old.id);
          Files.deleteIfExists(file(old.id));
        }
      }
    } catch (IOException e) {
      failed(file, ImageProblem.reason(e));
    }
  }

  private Path file(String id) {
    return folder.resolve(id + ENDING);
  }

  // ---- as text

  private static Map<String, @Nullable Object> map(Entry e) {
    Map<String, @Nullable Object> m = new LinkedHashMap<>();
    m.put("id", e.id);
    m.put("state", e.state.name());
    m.put("disks", e.disks);
    m.put("by", e.by);
    m.put("takenAtMillis", e.takenAtMillis);
    m.put("endedAtMillis", e.endedAtMillis);
    m.put("bytes", e.bytes);
    m.put("verdict", e.verdict.name());
    m.put("place", e.place == null ? null : e.place.toString());
    m.put("notices", e.notices.stream().map(Catalogue::map).toList());
    return m;
  }

  private static Map<String, Object> map(Notice notice) {
    Map<String, Object> m = new LinkedHashMap<>();
    m.put("code", notice.code());
    m.put("severity", notice.severity().name());
    Map<String, Object> args = new LinkedHashMap<>();
    notice.args().forEach(arg -> args.put(arg.name(), arg.value()));
    m.put("args", args);
    return m;
  }

  private static Entry entry(Map<String, @Nullable Object> m) {
    List<String> disks = new ArrayList<>();
    if (m.get("disks") instanceof List<?> list) {
      list.forEach(disk -> disks.add(String.valueOf(disk)));
    }
    List<Notice> notices = new ArrayList<>();
    if (m.get("notices") instanceof List<?> list) {
      list.forEach(each -> {
        if (each instanceof Map<?, ?> map) {
          notices.add(notice(map));
        }
      });
    }
    return new Entry(
        text(m, "id"),
        State.valueOf(text(m, "state")),
        disks,
        text(m, "by"),
        number(m, "takenAtMillis"),
        number(m, "endedAtMillis"),
        number(m, "bytes"),
        CutStatus.valueOf(text(m, "verdict")),
        m.get("place") instanceof String place ? Path.of(place) : null,
        notices);
  }

  private static Notice notice(Map<?, ?> map) {
    List<Arg> args = new ArrayList<>();
    if (map.get("args") instanceof Map<?, ?> named) {
      named.forEach(
          (name, value) -> args.add(new Arg(String.valueOf(name), String.valueOf(value))));
    }
    return Notice.received(
        String.valueOf(map.get("code")),
        Severity.valueOf(String.valueOf(map.get("severity"))),
        args,
        List.of());
  }

  private static String text(Map<String, @Nullable Object> m, String name) {
    if (m.get(name) instanceof String text && !text.isEmpty()) {
      return text;
    }
    throw new IllegalArgumentException(name + " is missing");
  }

  private static long number(Map<String, @Nullable Object> m, String name) {
    if (m.get(name) instanceof Long number) {
      return number;
    }
    throw new IllegalArgumentException(name + " is missing");
  }
}
