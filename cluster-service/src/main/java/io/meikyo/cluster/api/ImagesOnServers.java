// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import io.meikyo.cluster.api.HttpSeam.Request;
import io.meikyo.cluster.api.HttpSeam.Response;
import io.meikyo.cluster.backup.Images;
import io.meikyo.cluster.backup.image.ImageJobs;
import io.meikyo.core.notice.Notice;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.texts.Catalogue;
import io.meikyo.texts.Language;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Images of this server directly, those of others through their services. Any thread. */
final class ImagesOnServers implements Images {
  /** Adopting snapshots and looking at a folder may take a while, on a busy disk. */
  private static final long ANSWER_SECONDS = 30;

  private final String self;
  private final ApiRoutes.Site site;

  ImagesOnServers(String self, ApiRoutes.Site site) {
    this.self = self;
    this.site = site;
  }

  // ---- on any server

  @Override
  public Seen against(String server, String folder, List<String> disks, String language)
      throws InterruptedException {
    if (server.equals(self)) {
      return againstHere(folder, disks, language);
    }
    Map<String, String> query = ApiClient.query("disks", String.join(",", disks));
    query.put("to", folder);
    return ask("POST", server, "/v1/agent/image/check", query, language);
  }

  @Override
  public Seen start(String server, Order order, String language) throws InterruptedException {
    if (server.equals(self)) {
      return startHere(order, language);
    }
    Map<String, ImageJobs.Still> stills = new TreeMap<>(order.disks());
    Map<String, String> query = new LinkedHashMap<>();
    query.put("cut", Long.toHexString(order.cutId()));
    query.put("disks", String.join(",", stills.keySet()));
    query.put("active", each(stills, ImageJobs.Still::active));
    query.put("held", each(stills, s -> Long.toString(s.heldMicros())));
    query.put("stalled", each(stills, s -> Long.toString(s.stalledMicros())));
    query.put("to", order.folder());
    query.put("rate", Long.toString(order.bytesPerSecond()));
    query.put("by", order.by());
    query.put("taken", Long.toString(order.takenAtMillis()));
    return ask("POST", server, "/v1/agent/image", query, language);
  }

  private static String each(
      Map<String, ImageJobs.Still> stills, Function<ImageJobs.Still, String> what) {
    return String.join(",", stills.values().stream().map(what).toList());
  }

  @Override
  public Seen look(String server, long cutId, String language) throws InterruptedException {
    return server.equals(self)
        ? lookHere(cutId, language)
        : ask(
            "GET",
            server,
            "/v1/agent/image",
            ApiClient.query("cut", Long.toHexString(cutId)),
            language);
  }

  private Seen ask(
      String method, String server, String path, Map<String, String> query, String language)
      throws InterruptedException {
    Map<String, String> all = new LinkedHashMap<>(query);
    all.put("lang", language);
    try {
      Response r =
          site.peer(server, new Request(method, path, all, ""))
              .get(ANSWER_SECONDS, TimeUnit.SECONDS);
      Map<String, @Nullable Object> json = JsonText.object(r.json());
      return r.status() == HttpSeam.OK
          ? read(json)
          : Seen.nothing(false, List.of(server + ": " + r.json()));
    } catch (ExecutionException | TimeoutException e) {
      String why = e.getCause() == null ? "no answer in time" : String.valueOf(e.getCause());
      return Seen.nothing(false, List.of(server + ": " + why));
    }
  }

  // ---- here

  Seen againstHere(String folder, List<String> disks, String language) {
    Path to;
    try {
      to = folder.isEmpty() ? null : Path.of(folder);
    } catch (InvalidPathException e) {
      throw new Wrong(Notice.of(ApiNotice.BAD_VALUE, "to", folder, "/…"));
    }
    return Seen.nothing(true, lines(site.images().against(to, disks), language));
  }

  Seen startHere(Order o, String language) {
    Path to = o.folder().isEmpty() ? null : Path.of(o.folder());
    ImageJobs.Request request =
        new ImageJobs.Request(
            o.cutId(), new TreeMap<>(o.disks()), to, o.bytesPerSecond(), o.by(), o.takenAtMillis());
    return seen(site.images().start(request), language);
  }

  Seen lookHere(long cutId, String language) {
    ImageJobs.View view = site.images().look(ImageJobs.id(cutId));
    return view == null ? Seen.nothing(true, List.of()) : seen(view, language);
  }

  private static Seen seen(ImageJobs.View v, String language) {
    Path place = v.place();
    return new Seen(
        true,
        true,
        v.state(),
        v.done(),
        v.total(),
        v.verdict(),
        place == null ? "" : place.toString(),
        lines(v.notices(), language));
  }

  private static List<String> lines(List<Notice> notices, String language) {
    Catalogue texts = Catalogue.in(Language.choose(language, Map.of()));
    return notices.stream().flatMap(n -> texts.lines(n).stream()).toList();
  }

  // ---- as JSON

  static Map<String, @Nullable Object> write(Seen s) {
    Map<String, @Nullable Object> m = new LinkedHashMap<>();
    m.put("known", s.known());
    m.put("state", s.state().name());
    m.put("done", s.done());
    m.put("total", s.total());
    m.put("verdict", s.verdict().name());
    m.put("place", s.place());
    m.put("said", s.said());
    return m;
  }

  private static Seen read(Map<String, @Nullable Object> m) {
    return new Seen(
        true,
        Boolean.TRUE.equals(m.get("known")),
        ImageJobs.State.valueOf(String.valueOf(m.get("state"))),
        m.get("done") instanceof Number n ? n.longValue() : 0,
        m.get("total") instanceof Number n ? n.longValue() : 0,
        CutStatus.valueOf(String.valueOf(m.get("verdict"))),
        m.get("place") instanceof String place ? place : "",
        OnServers.texts(m, "said"));
  }
}
