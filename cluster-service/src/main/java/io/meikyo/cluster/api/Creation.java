// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import io.meikyo.cluster.api.HttpSeam.Response;
import io.meikyo.cluster.backup.CreateDesk;
import io.meikyo.cluster.backup.CreateJob;
import io.meikyo.cluster.backup.CreateNotice;
import io.meikyo.cluster.backup.Images;
import io.meikyo.cluster.backup.image.ImageJobs;
import io.meikyo.cluster.node.NodeDriver;
import io.meikyo.core.base.Json;
import io.meikyo.core.notice.Notice;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Backups that one command creates, and what one server does of them. Any thread. */
final class Creation {
  static final int CUT_MILLIS = 2000;
  private static final int CUT_MILLIS_MIN = 100;
  private static final int CUT_MILLIS_MAX = 60_000;
  private static final long LOOK_MILLIS = 500;

  private final CreateDesk desk;
  private final ImagesOnServers images;

  Creation(String self, NodeDriver node, ApiRoutes.Site site) {
    CountDownLatch never = new CountDownLatch(1);
    this.images = new ImagesOnServers(self, site);
    this.desk =
        new CreateDesk(
            self,
            node,
            new OnServers(self, site),
            images,
            new SecureRandom()::nextLong,
            () -> {
              boolean _ = never.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            });
  }

  // ---- orders

  Response create(Call c) {
    int millis = c.number("max", CUT_MILLIS);
    if (millis < CUT_MILLIS_MIN || millis > CUT_MILLIS_MAX) {
      String allowed = CUT_MILLIS_MIN + " … " + CUT_MILLIS_MAX;
      throw new Wrong(Notice.of(ApiNotice.BAD_VALUE, "max", c.parameter("max"), allowed));
    }
    String folder = c.parameter("to");
    if (!folder.isEmpty() && !folder.startsWith("/")) {
      throw new Wrong(Notice.of(ApiNotice.BAD_VALUE, "to", folder, "/…"));
    }
    List<String> disks = c.parameter("disks").isEmpty() ? List.of() : c.list("disks");
    CreateJob job =
        desk.create(
            new CreateDesk.Wish(
                disks, folder, c.parameter("on"), millis, rate(c), c.by(), c.language()));
    return told(c, job);
  }

  Response job(Call c) {
    CreateJob job = desk.job(c.big("job"));
    return job == null
        ? c.refused(Notice.of(CreateNotice.UNKNOWN_JOB, c.parameter("job")))
        : told(c, job);
  }

  private static long rate(Call c) {
    long rate = c.parameter("rate").isEmpty() ? 0 : c.big("rate");
    if (rate < 0) {
      throw new Wrong(Notice.of(ApiNotice.BAD_VALUE, "rate", c.parameter("rate"), "0 …"));
    }
    return rate;
  }

  private static Response told(Call c, CreateJob job) {
    CreateJob.View view = job.view();
    Function<Notice, Object> one = c.facts()::notice;
    Map<String, @Nullable Object> m = new LinkedHashMap<>();
    m.put("job", view.number());
    m.put("end", view.end() == null ? null : view.end().name());
    m.put("id", view.cutId() == 0 ? "" : ImageJobs.id(view.cutId()));
    m.put("server", view.server());
    m.put("done", view.done());
    m.put("total", view.total());
    m.put("verdict", view.verdict().name());
    m.put("place", view.place());
    List<Object> steps = new ArrayList<>();
    for (CreateJob.Step step : view.steps()) {
      Map<String, @Nullable Object> s = new LinkedHashMap<>();
      s.put("what", step.what().name());
      s.put("about", step.about());
      s.put("micros", step.micros());
      steps.add(s);
    }
    m.put("steps", steps);
    m.put("notices", view.notices().stream().map(one).toList());
    m.put("said", view.said());
    return new Response(HttpSeam.OK, Json.of(m));
  }

  // ---- what one server does of it

  Response check(Call c) {
    return seen(images.againstHere(c.parameter("to"), c.list("disks"), c.language()));
  }

  Response start(Call c) {
    List<String> disks = c.list("disks");
    Map<String, ImageJobs.Still> stills = new TreeMap<>();
    for (int i = 0; i < disks.size(); i++) {
      stills.put(
          disks.get(i),
          new ImageJobs.Still(nth(c, "active", i), number(c, "held", i), number(c, "stalled", i)));
    }
    Images.Order order =
        new Images.Order(c.hex("cut"), stills, c.parameter("to"), rate(c), c.by(), c.big("taken"));
    return seen(images.startHere(order, c.language()));
  }

  private static String nth(Call c, String name, int i) {
    List<String> all = c.list(name);
    if (i >= all.size()) {
      throw new Wrong(Notice.of(ApiNotice.BAD_VALUE, name, c.parameter(name), "one for each disk"));
    }
    return all.get(i);
  }

  private static long number(Call c, String name, int i) {
    try {
      return Long.parseLong(nth(c, name, i));
    } catch (NumberFormatException e) {
      throw new Wrong(Notice.of(ApiNotice.BAD_VALUE, name, c.parameter(name), "numbers"));
    }
  }

  Response look(Call c) {
    return seen(images.lookHere(c.hex("cut"), c.language()));
  }

  private static Response seen(Images.Seen seen) {
    return new Response(HttpSeam.OK, Json.of(ImagesOnServers.write(seen)));
  }
}
