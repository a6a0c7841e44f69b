// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cli.clp;

import io.meikyo.cluster.api.HttpSeam;
import io.meikyo.cluster.api.JsonText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Gives the cluster service an order that begins or ends backup mode, and tells its steps as they
 * come. The order goes on there if this process ends.
 */
public final class BackupTalk {
  private final ClpContext.Api api;
  private final BooleanSupplier pause;
  private final String language;

  /**
   * A talk with this service.
   *
   * @param pause lets a moment pass between two looks; false: it is enough
   */
  public BackupTalk(ClpContext.Api api, BooleanSupplier pause, String language) {
    this.api = api;
    this.pause = pause;
    this.language = language;
  }

  /**
   * A step.
   *
   * @param what as in the API
   * @param about server or mirror disk; empty: all
   */
  public record Step(String what, String about, boolean ok) {}

  /**
   * How it ended.
   *
   * @param how as in the API; empty: nobody knows, since the service does not answer any more
   * @param why sentences for people
   */
  public record End(String how, List<String> why) {}

  /** Gives the order and stays until it has ended. */
  public End run(String path, Map<String, String> query, Consumer<Step> steps) {
    try {
      Map<String, String> all = new LinkedHashMap<>(query);
      all.put("lang", language);
      HttpSeam.Response first = api.ask(new HttpSeam.Request("POST", path, all, ""));
      Map<String, @Nullable Object> now = JsonText.object(first.json());
      if (first.status() != 200) {
        return new End("REFUSED", texts(now));
      }
      int told = 0;
      while (true) {
        told = tell(now, told, steps);
        if (now.get("end") instanceof String end) {
          return new End(end, texts(now));
        }
        if (!pause.getAsBoolean()) {
          return new End("", List.of("It takes too long. Look again with clpstat."));
        }
        Map<String, String> look = Map.of("job", String.valueOf(now.get("job")), "lang", language);
        HttpSeam.Response next = api.ask(new HttpSeam.Request("GET", "/v1/backup", look, ""));
        Map<String, @Nullable Object> then = JsonText.object(next.json());
        if (next.status() != 200) {
          return new End("", texts(then));
        }
        now = then;
      }
    } catch (IOException e) {
      return new End(
          "", List.of("The cluster service of this server does not answer: " + e.getMessage()));
    }
  }

  private static int tell(Map<String, @Nullable Object> job, int told, Consumer<Step> steps) {
    int count = told;
    if (job.get("steps") instanceof List<?> all) {
      for (Object each : all.subList(Math.min(told, all.size()), all.size())) {
        if (each instanceof Map<?, ?> step) {
          steps.accept(
              new Step(
                  String.valueOf(step.get("what")),
                  String.valueOf(step.get("about")),
                  Boolean.TRUE.equals(step.get("ok"))));
        }
        count++;
      }
    }
    return count;
  }

  private static List<String> texts(Map<String, @Nullable Object> job) {
    List<String> lines = new ArrayList<>(ClpContext.texts(job));
    if (job.get("said") instanceof List<?> said) {
      said.forEach(line -> lines.add("  " + line));
    }
    return lines;
  }
}
