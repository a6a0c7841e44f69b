// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import io.meikyo.cluster.backup.LocalHolds;
import io.meikyo.cluster.backup.image.ImageJobs;
import io.meikyo.cluster.config.ConfigReading;
import io.meikyo.cluster.node.NodeDriver;
import io.meikyo.cluster.pki.PkiProblem;
import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.ConfigState;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * What can be asked of a cluster service: {@code openapi.json} beside this class, which {@code GET
 * /openapi} gives. A command is answered when it is decided; what then takes time (a group that
 * starts) is seen in the status. Requests run side by side.
 */
public final class ApiRoutes implements HttpSeam {
  private static final String DOCUMENT = "openapi.json";

  private final String self;
  private final Site site;
  private final List<Route> routes;

  /** What the routes need of the process. */
  public interface Site {
    /** What the mirror agent of this server says, per mirror disk. */
    Map<String, Map<String, String>> agent();

    /** Asks another member's routes. */
    CompletableFuture<Response> peer(String server, Request request);

    /** Holds and releases mirror disks of this server. */
    LocalHolds holds();

    /** Images that this server writes. */
    ImageJobs images();

    /** False if the mirror agent of this server works with a former configuration. */
    boolean agentIsCurrent();

    /** Waits until these servers work with a version of the configuration, or the time is over. */
    void awaitApplied(long version, Set<String> servers, long nanos) throws InterruptedException;

    /** True if the links between members are open by the operator's wish. */
    boolean trustedLinks();

    /**
     * Takes a list of revoked certificates, PEM.
     *
     * @throws PkiProblem if it is not of our authority, or older than the one here
     */
    void revoked(String list) throws PkiProblem;

    /** The facts of a configuration, with an id for each mirror disk. */
    ConfigState facts(ConfigReading reading, ClusterState now, String by);

    /** Where it is spoken about servers that have lost each other. */
    PairDesk pair();

    /** Keys of the configuration that count here only from the next start of this service. */
    List<String> fromNextStart();

    /**
     * Why this service takes nothing of the newest configuration, and so starts nothing, until it
     * is started anew; null: it takes it.
     */
    @Nullable Notice needsRestart();

    /**
     * Takes this server down in good order, a moment from now.
     *
     * @param again it is to come up again
     */
    void goDown(boolean again);

    /** The last lines of the event log, oldest first. */
    List<Event> events(int lines);
  }

  /** One line of a member's event log. */
  public record Event(Instant time, Notice notice) {}

  /** Routes of this member. */
  public ApiRoutes(String self, NodeDriver node, Site site) {
    this.self = self;
    this.site = site;
    Views views = new Views(self, node, site);
    this.routes =
        table(
            views,
            new Orders(self, node, site),
            new Members(self, node),
            new Applying(self, node, site),
            new Backups(self, node, site),
            new Creation(self, node, site),
            new BackupList(self, views::others, site::images));
  }

  private static List<Route> table(
      Views views,
      Orders orders,
      Members members,
      Applying applying,
      Backups backups,
      Creation creation,
      BackupList list) {
    return List.of(
        Route.of("GET", "/openapi", c -> document()),
        Route.of("GET", "/v1/status", views::status, "all"),
        Route.of("GET", "/v1/why", views::why, "about"),
        Route.of("GET", "/v1/events", views::events, "all", "lines"),
        Route.of("GET", "/v1/config", c -> views.config()),
        Route.of("PUT", "/v1/config", applying::put, "by", "expected", "force"),
        Route.of("PUT", "/v1/revoked", orders::revoked),
        Route.of("POST", "/v1/groups/{group}/start", orders::startGroup, "by", "server"),
        Route.of("POST", "/v1/groups/{group}/stop", orders::stopGroup, "by"),
        Route.of("POST", "/v1/groups/{group}/move", orders::moveGroup, "by", "server"),
        Route.of(
            "POST", "/v1/groups/{group}/resources/{resource}/start", orders::startResource, "by"),
        Route.of(
            "POST",
            "/v1/groups/{group}/resources/{resource}/stop",
            orders::stopResource,
            "by",
            "force"),
        Route.of("POST", "/v1/monitors/suspend", orders::restMonitors, "by", "monitors", "servers"),
        Route.of("POST", "/v1/monitors/resume", orders::wakeMonitors, "by", "monitors", "servers"),
        Route.of("POST", "/v1/cluster/suspend", orders::suspend, "by"),
        Route.of("POST", "/v1/cluster/resume", orders::resume, "by"),
        Route.of("POST", "/v1/cluster/start-mode", orders::startMode, "mode", "servers"),
        Route.of("POST", "/v1/service/start", orders::startService),
        Route.of("POST", "/v1/service/stop", orders::stopService),
        Route.of("POST", "/v1/service/down", orders::goDown, "reboot"),
        Route.of("POST", "/v1/backup/freeze", backups::freeze, "by", "max"),
        Route.of("POST", "/v1/backup/thaw", backups::thaw, "by"),
        Route.of("GET", "/v1/backup", backups::job, "job"),
        Route.of(
            "POST",
            "/v1/backup/create",
            creation::create,
            "by",
            "disks",
            "max",
            "on",
            "rate",
            "to"),
        Route.of("GET", "/v1/backup/create", creation::job, "job"),
        Route.of("POST", "/v1/agent/cut", backups::cut, "by", "cut", "disks", "max"),
        Route.of("POST", "/v1/agent/forget", backups::forget, "cut", "disks"),
        Route.of("POST", "/v1/agent/verify", backups::verify, "disks"),
        Route.of("POST", "/v1/agent/image/check", creation::check, "disks", "to"),
        Route.of(
            "POST",
            "/v1/agent/image",
            creation::start,
            "active",
            "by",
            "cut",
            "disks",
            "held",
            "rate",
            "stalled",
            "taken",
            "to"),
        Route.of("GET", "/v1/agent/image", creation::look, "cut"),
        Route.of("GET", "/v1/backups", list::all, "all"),
        Route.of("GET", "/v1/backups/{backup}", list::one),
        Route.of("POST", "/v1/backups/{backup}/cancel", list::cancel),
        Route.of("POST", "/v1/backup/offline", orders::beginOffline, "by", "cut"),
        Route.of("POST", "/v1/backup/offline-end", orders::endOffline, "servers"),
        Route.of("POST", "/v1/agent/hold", backups::hold, "by", "cut", "disks", "max"),
        Route.of("POST", "/v1/agent/release", backups::release, "disks"),
        Route.of("POST", "/v1/members", members::admit, "incarnation", "name", "role"),
        Route.of("DELETE", "/v1/members/{server}", members::expel, "force"),
        Route.of("POST", "/v1/mirrors/{mirror}/force", orders::forceMirror, "by", "server"),
        Route.of("POST", "/v1/arbitration/word", orders::word, "by", "group", "version"),
        Route.of("POST", "/v1/arbitration/discard", orders::discard, "by", "server"));
  }

  /** All that can be asked for. */
  List<Route> routes() {
    return routes;
  }

  @Override
  public Response handle(Request r) {
    try {
      String to = r.parameter("at");
      if (!to.isEmpty() && !to.equals(self)) {
        return forward(to, r);
      }
      return route(r);
    } catch (Wrong e) {
      return call(r).said(Call.BAD, false, List.of(e.notice()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return call(r)
          .said(Call.UNREACHABLE, false, List.of(Notice.of(ApiNotice.BROKEN, "interrupted")));
    } catch (ExecutionException | TimeoutException e) {
      String why = e.getCause() == null ? "no answer in time" : String.valueOf(e.getCause());
      return call(r).said(Call.UNREACHABLE, false, List.of(Notice.of(ApiNotice.BROKEN, why)));
    } catch (RuntimeException e) {
      return call(r)
          .said(Call.BROKEN, false, List.of(Notice.of(ApiNotice.BROKEN, String.valueOf(e))));
    }
  }

  private Call call(Request r) {
    return new Call(r, Map.of(), self);
  }

  private Response forward(String to, Request r) throws InterruptedException {
    Map<String, String> query = new LinkedHashMap<>(r.query());
    query.remove("at");
    try {
      return site.peer(to, new Request(r.method(), r.path(), query, r.body()))
          .get(Orders.SERVE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      String why = e.getCause() == null ? "no answer in time" : e.getCause().getMessage();
      return call(r)
          .said(
              Call.UNREACHABLE,
              false,
              List.of(Notice.of(ApiNotice.UNREACHABLE, to, String.valueOf(why))));
    }
  }

  private Response route(Request r)
      throws InterruptedException, ExecutionException, TimeoutException {
    for (Route route : routes) {
      Map<String, String> variables = route.match(r);
      if (variables != null) {
        String stranger = route.stranger(r);
        if (stranger != null) {
          String known = String.join(", ", route.parameters());
          throw new Wrong(Notice.of(ApiNotice.UNKNOWN_PARAMETER, stranger, r.path(), known));
        }
        return route.handler().handle(new Call(r, variables, self));
      }
    }
    Notice none = Notice.of(ApiNotice.NO_SUCH_PATH, r.method(), r.path());
    return call(r).said(Call.NOT_FOUND, false, List.of(none));
  }

  /** What can be asked for, for programs. */
  private static Response document() {
    try (InputStream in = ApiRoutes.class.getResourceAsStream(DOCUMENT)) {
      return new Response(
          OK, new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
