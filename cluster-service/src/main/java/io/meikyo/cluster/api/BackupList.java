// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import io.meikyo.cluster.api.HttpSeam.Request;
import io.meikyo.cluster.api.HttpSeam.Response;
import io.meikyo.cluster.backup.image.ImageJobs;
import io.meikyo.cluster.backup.image.ImageNotice;
import io.meikyo.core.base.Json;
import io.meikyo.core.notice.Notice;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The backups that servers have written. Any thread. */
final class BackupList {
  /** What every other server answers to the same request; null: nothing. */
  interface Others {
    Map<String, @Nullable Map<String, @Nullable Object>> answer(Request r)
        throws InterruptedException;
  }

  private final String self;
  private final Others others;
  private final Supplier<ImageJobs> images;

  BackupList(String self, Others others, Supplier<ImageJobs> images) {
    this.self = self;
    this.others = others;
    this.images = images;
  }

  /** Those of this server, and with {@code all=1} of every server, the newest first. */
  Response all(Call c) throws InterruptedException {
    List<Map<?, ?>> all = new ArrayList<>();
    images.get().all().forEach(view -> all.add(map(c, view)));
    List<String> silent = new ArrayList<>();
    if (!c.parameter("all").isEmpty()) {
      others
          .answer(c.request())
          .forEach((server, said) -> {
            if (said != null && said.get("backups") instanceof List<?> theirs) {
              theirs.stream().filter(Map.class::isInstance).forEach(b -> all.add((Map<?, ?>) b));
            } else {
              silent.add(server);
            }
          });
    }
    all.sort(Comparator.comparing((Map<?, ?> b) -> String.valueOf(b.get("takenAt"))).reversed());
    return new Response(HttpSeam.OK, Json.of(Map.of("backups", all, "silent", silent)));
  }

  /** One of this server. */
  Response one(Call c) {
    ImageJobs.View view = images.get().look(c.in("backup"));
    return view == null ? unknown(c) : new Response(HttpSeam.OK, Json.of(map(c, view)));
  }

  /** Ends one of this server that is under way. */
  Response cancel(Call c) {
    String id = c.in("backup");
    if (images.get().look(id) == null) {
      return unknown(c);
    }
    return images.get().cancel(id)
        ? c.done(Notice.of(ImageNotice.IS_CANCELLED, id))
        : c.refused(Notice.of(ImageNotice.NOT_UNDER_WAY, id));
  }

  private static Response unknown(Call c) {
    return c.said(
        Call.NOT_FOUND, false, List.of(Notice.of(ImageNotice.UNKNOWN_BACKUP, c.in("backup"))));
  }

  private Map<String, @Nullable Object> map(Call c, ImageJobs.View v) {
    Function<Notice, Object> one = c.facts()::notice;
    Path place = v.place();
    Map<String, @Nullable Object> m = new LinkedHashMap<>();
    m.put("id", v.id());
    m.put("server", self);
    m.put("state", v.state().name());
    m.put("disks", v.disks());
    m.put("by", v.by());
    m.put("takenAt", Instant.ofEpochMilli(v.takenAtMillis()).toString());
    m.put("done", v.done());
    m.put("total", v.total());
    m.put("verdict", v.verdict().name());
    m.put("place", place == null ? null : place.toString());
    m.put("notices", v.notices().stream().map(one).toList());
    return m;
  }
}
