// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import io.meikyo.cluster.api.HttpSeam.Request;
import io.meikyo.cluster.api.HttpSeam.Response;
import io.meikyo.cluster.backup.Holds;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** This server's mirror agent directly, others through their services. Any thread. */
final class OnServers implements Holds {
  /** A file system may have much to flush before it is frozen. */
  private static final long HOLD_SECONDS = 900;

  /** What is no hold is answered soon. */
  private static final long SOON_SECONDS = 20;

  private final String self;
  private final ApiRoutes.Site site;

  OnServers(String self, ApiRoutes.Site site) {
    this.self = self;
    this.site = site;
  }

  @Override
  public Answer freeze(String server, List<String> disks, long cutId, long seconds, String by)
      throws InterruptedException {
    if (server.equals(self)) {
      return site.holds().freeze(disks, cutId, seconds, by, "en");
    }
    return ask(
        server,
        "/v1/agent/hold",
        HOLD_SECONDS,
        ApiClient.query(
            "disks",
            String.join(",", disks),
            "cut",
            Long.toHexString(cutId),
            "max",
            Long.toString(seconds),
            "by",
            by));
  }

  @Override
  public Answer thaw(String server, List<String> disks) throws InterruptedException {
    if (server.equals(self)) {
      return site.holds().thaw(disks, "en");
    }
    return ask(
        server,
        "/v1/agent/release",
        HOLD_SECONDS,
        ApiClient.query("disks", String.join(",", disks)));
  }

  @Override
  public Answer cut(
      String server, List<String> disks, long cutId, long millis, String by, String language)
      throws InterruptedException {
    if (server.equals(self)) {
      return site.holds().cut(disks, cutId, millis, by, language);
    }
    return ask(
        server,
        "/v1/agent/cut",
        HOLD_SECONDS,
        ApiClient.query(
            "disks",
            String.join(",", disks),
            "cut",
            Long.toHexString(cutId),
            "max",
            Long.toString(millis),
            "by",
            by,
            "lang",
            language));
  }

  @Override
  public Answer forget(String server, List<String> disks, long cutId) throws InterruptedException {
    if (server.equals(self)) {
      return site.holds().forget(disks, cutId, "en");
    }
    return ask(
        server,
        "/v1/agent/forget",
        SOON_SECONDS,
        ApiClient.query("disks", String.join(",", disks), "cut", Long.toHexString(cutId)));
  }

  @Override
  public Answer verify(String server, List<String> disks) throws InterruptedException {
    if (server.equals(self)) {
      return site.holds().verify(disks, "en");
    }
    return ask(
        server,
        "/v1/agent/verify",
        SOON_SECONDS,
        ApiClient.query("disks", String.join(",", disks)));
  }

  private Answer ask(String server, String path, long seconds, Map<String, String> query)
      throws InterruptedException {
    try {
      Response r =
          site.peer(server, new Request("POST", path, query, "")).get(seconds, TimeUnit.SECONDS);
      return answer(JsonText.object(r.json()));
    } catch (ExecutionException | TimeoutException e) {
      String why = e.getCause() == null ? "no answer in time" : String.valueOf(e.getCause());
      return new Answer(UNREACHED, Map.of(), List.of(server + ": " + why));
    }
  }

  private static Answer answer(Map<String, @Nullable Object> json) {
    Map<String, String> facts = new LinkedHashMap<>();
    if (json.get("facts") instanceof Map<?, ?> map) {
      map.forEach((name, value) -> facts.put(String.valueOf(name), String.valueOf(value)));
    }
    return new Answer(
        json.get("status") instanceof Number n ? n.intValue() : UNREACHED,
        facts,
        texts(json, "said"));
  }

  /** The texts of a list. */
  static List<String> texts(Map<String, @Nullable Object> json, String name) {
    List<String> all = new ArrayList<>();
    if (json.get(name) instanceof List<?> list) {
      list.forEach(line -> all.add(String.valueOf(line)));
    }
    return all;
  }
}
