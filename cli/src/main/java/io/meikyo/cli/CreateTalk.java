// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli;

import io.meikyo.cluster.api.HttpSeam;
import io.meikyo.cluster.api.JsonText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives the cluster service the order to create a backup, and tells how far it is. The order goes
 * on there if this process ends.
 */
final class CreateTalk {
  /** So many questions in a row may stay without an answer: a service is started anew sooner. */
  private static final int SILENT_LOOKS = 50;

  /** The way to the service. */
  interface Api {
    HttpSeam.Response ask(String method, String path, Map<String, String> query) throws IOException;
  }

  /** Is told. */
  interface Listener {
    /**
     * A step.
     *
     * @param what as in the API
     * @param about server, mirror disk, verdict or folder
     * @param micros how long writes waited; 0 if it is not about that
     * @param id of the backup
     */
    void step(String what, String about, long micros, String id);

    /** How many bytes are read; {@code total} 0: not known yet. */
    void progress(long done, long total);
  }

  /**
   * How it ended.
   *
   * @param how as in the API; empty: nobody knows, since the service does not answer any more
   * @param why sentences for people
   * @param json the last answer; empty: none
   */
  record End(String how, List<String> why, String json) {}

  private final Api api;
  private final BooleanSupplier pause;

  /**
   * A talk with this service.
   *
   * @param pause lets a moment pass between two looks; false: it is enough
   */
  CreateTalk(Api api, BooleanSupplier pause) {
    this.api = api;
    this.pause = pause;
  }

  /**
   * Gives the order and stays until it has ended.
   *
   * @throws IOException the service does not take the order
   */
  End run(Map<String, String> query, Listener listener) throws IOException {
    HttpSeam.Response now = api.ask("POST", "/v1/backup/create", query);
    if (now.status() != HttpSeam.OK) {
      return new End("REFUSED", lines(JsonText.object(now.json())), now.json());
    }
    int told = 0;
    while (true) {
      Map<String, @Nullable Object> job = JsonText.object(now.json());
      told = tell(job, told, listener);
      listener.progress(number(job.get("done")), number(job.get("total")));
      if (job.get("end") instanceof String end) {
        return new End(end, lines(job), now.json());
      }
      HttpSeam.Response next = look(String.valueOf(job.get("job")));
      if (next == null) {
        return new End("", List.of(goesOn(job)), now.json());
      }
      if (next.status() != HttpSeam.OK) {
        List<String> why = new ArrayList<>(lines(JsonText.object(next.json())));
        why.add(goesOn(job));
        return new End("", why, now.json());
      }
      now = next;
    }
  }

  private static String goesOn(Map<String, @Nullable Object> job) {
    return "".equals(job.get("server"))
        ? "The cluster service of this server does not answer. Look again: meikyo backup list"
        : "The image goes on, on " + job.get("server") + ". Look there: meikyo backup list";
  }

  /** Null if there is no answer, for a long time. */
  private HttpSeam.@Nullable Response look(String job) {
    for (int i = 0; i < SILENT_LOOKS; i++) {
      if (!pause.getAsBoolean()) {
        return null;
      }
      try {
        return api.ask("GET", "/v1/backup/create", Map.of("job", job));
      } catch (IOException e) {
        // It may be starting anew; then it does not know this order, and says so.
      }
    }
    return null;
  }

  private static long number(@Nullable Object value) {
    return value instanceof Number n ? n.longValue() : 0;
  }

  private static int tell(Map<String, @Nullable Object> job, int told, Listener listener) {
    int count = told;
    if (job.get("steps") instanceof List<?> all) {
      for (Object each : all.subList(Math.min(told, all.size()), all.size())) {
        if (each instanceof Map<?, ?> step) {
          listener.step(
              String.valueOf(step.get("what")),
              String.valueOf(step.get("about")),
              number(step.get("micros")),
              String.valueOf(job.get("id")));
        }
        count++;
      }
    }
    return count;
  }

  private static List<String> lines(Map<String, @Nullable Object> job) {
    List<String> lines = new ArrayList<>(ApiCall.lines(job));
    if (job.get("said") instanceof List<?> said) {
      said.forEach(line -> lines.add("  " + line));
    }
    return lines;
  }
}
