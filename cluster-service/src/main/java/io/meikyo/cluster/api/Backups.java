// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import io.meikyo.cluster.api.HttpSeam.Response;
import io.meikyo.cluster.backup.BackupDesk;
import io.meikyo.cluster.backup.BackupJob;
import io.meikyo.cluster.backup.BackupNotice;
import io.meikyo.cluster.backup.Holds;
import io.meikyo.cluster.backup.LocalHolds;
import io.meikyo.cluster.node.NodeDriver;
import io.meikyo.core.base.Json;
import io.meikyo.core.notice.Notice;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Online backup: orders that take time, and how far they have come. Any thread. */
final class Backups {
  /** The longest that writes may be held, s; the mirror agent may allow less. */
  private static final int FREEZE_SECONDS_MAX = 300;

  static final int FREEZE_SECONDS = 60;

  private final ApiRoutes.Site site;
  private final BackupDesk desk;

  Backups(String self, NodeDriver node, ApiRoutes.Site site) {
    this.site = site;
    this.desk =
        new BackupDesk(
            self, node, new OnServers(self, site), site::agent, new SecureRandom()::nextLong);
  }

  // ---- orders

  Response freeze(Call c) {
    int seconds = c.number("max", FREEZE_SECONDS);
    if (seconds < 1 || seconds > FREEZE_SECONDS_MAX) {
      String allowed = "1 … " + FREEZE_SECONDS_MAX;
      throw new Wrong(Notice.of(ApiNotice.BAD_VALUE, "max", c.parameter("max"), allowed));
    }
    return told(c, desk.freeze(c.by(), seconds));
  }

  Response thaw(Call c) {
    return told(c, desk.thaw());
  }

  Response job(Call c) {
    BackupJob job = desk.job(c.big("job"));
    return job == null
        ? c.refused(Notice.of(BackupNotice.UNKNOWN_JOB, c.parameter("job")))
        : told(c, job);
  }

  private static Response told(Call c, BackupJob job) {
    BackupJob.View view = job.view();
    Function<Notice, Object> one = c.facts()::notice;
    Map<String, @Nullable Object> m = new LinkedHashMap<>();
    m.put("job", view.number());
    m.put("end", view.end() == null ? null : view.end().name());
    m.put("cut", Long.toHexString(view.cutId()));
    List<Object> steps = new ArrayList<>();
    for (BackupJob.Step step : view.steps()) {
      Map<String, @Nullable Object> s = new LinkedHashMap<>();
      s.put("what", step.what().name());
      s.put("about", step.about());
      s.put("ok", step.ok());
      steps.add(s);
    }
    m.put("steps", steps);
    m.put("notices", view.notices().stream().map(one).toList());
    m.put("said", view.said());
    return new Response(HttpSeam.OK, Json.of(m));
  }

  // ---- what one server does of it

  Response hold(Call c) {
    LocalHolds here = site.holds();
    int seconds = c.number("max", FREEZE_SECONDS);
    return answered(here.freeze(c.list("disks"), c.hex("cut"), seconds, c.by(), c.language()));
  }

  Response release(Call c) {
    return answered(site.holds().thaw(c.list("disks"), c.language()));
  }

  Response cut(Call c) {
    int millis = c.number("max", Creation.CUT_MILLIS);
    LocalHolds here = site.holds();
    return answered(here.cut(c.list("disks"), c.hex("cut"), millis, c.by(), c.language()));
  }

  Response forget(Call c) {
    return answered(site.holds().forget(c.list("disks"), c.hex("cut"), c.language()));
  }

  Response verify(Call c) {
    return answered(site.holds().verify(c.list("disks"), c.language()));
  }

  private static Response answered(Holds.Answer a) {
    Map<String, @Nullable Object> m = new LinkedHashMap<>();
    m.put("status", a.status());
    m.put("facts", new LinkedHashMap<>(a.facts()));
    m.put("said", a.said());
    return new Response(HttpSeam.OK, Json.of(m));
  }
}
