// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.cluster.api.ApiRoutes;
import io.meikyo.cluster.api.HttpSeam;
import io.meikyo.cluster.api.PairDesk;
import io.meikyo.cluster.api.PeerCall;
import io.meikyo.cluster.backup.LocalHolds;
import io.meikyo.cluster.backup.image.ImageJobs;
import io.meikyo.cluster.config.ConfigReading;
import io.meikyo.cluster.node.NodeDriver;
import io.meikyo.cluster.peer.PeerCaller;
import io.meikyo.cluster.pki.PkiProblem;
import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.ConfigState;
import io.meikyo.core.notice.Notice;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the routes need of the process. Any thread. */
final class RouteSite implements ApiRoutes.Site {
  /**
   * Whom it asks.
   *
   * @param folder where this member keeps what must outlive a restart
   * @param links to the other members
   * @param callers of the other members
   * @param agentFile the mirror agent's configuration
   * @param holds holds mirror disks of this server
   * @param images that this server writes
   * @param agent what the mirror agent says, per mirror disk
   * @param fromNextStart keys that count only from the next start of this service
   * @param needsRestart why this service takes nothing of the newest configuration; null: it does
   * @param goDown takes this server down in good order; true: it is to come up again
   * @param events the last lines of the event log
   */
  record Parts(
      ServiceFolder folder,
      NodeDriver driver,
      MemberLinks links,
      Map<String, PeerCaller> callers,
      AgentFile agentFile,
      LocalHolds holds,
      Supplier<ImageJobs> images,
      Supplier<Map<String, Map<String, String>>> agent,
      Supplier<PairDesk> pair,
      Supplier<List<String>> fromNextStart,
      Supplier<@Nullable Notice> needsRestart,
      Consumer<Boolean> goDown,
      IntFunction<List<ApiRoutes.Event>> events) {}

  private final Parts parts;
  private final Object changes = new Object();

  RouteSite(Parts parts) {
    this.parts = parts;
  }

  /** The replicated state has changed. */
  void changed() {
    synchronized (changes) {
      changes.notifyAll();
    }
  }

  @Override
  public Map<String, Map<String, String>> agent() {
    return parts.agent().get();
  }

  @Override
  public LocalHolds holds() {
    return parts.holds();
  }

  @Override
  public ImageJobs images() {
    return parts.images().get();
  }

  @Override
  public PairDesk pair() {
    return parts.pair().get();
  }

  @Override
  public CompletableFuture<HttpSeam.Response> peer(String server, HttpSeam.Request request) {
    PeerCaller caller = parts.callers().get(server);
    return caller == null
        ? CompletableFuture.failedFuture(new IOException(server + " is not known"))
        : caller.call(PeerCall.encode(request)).thenApply(PeerCall::response);
  }

  @Override
  public boolean agentIsCurrent() {
    return parts.agentFile().stand() == AgentFile.Stand.CURRENT;
  }

  @Override
  public void awaitApplied(long version, Set<String> servers, long nanos)
      throws InterruptedException {
    long until = System.nanoTime() + nanos;
    synchronized (changes) {
      while (!applied(version, servers) && System.nanoTime() < until) {
        TimeUnit.NANOSECONDS.timedWait(changes, until - System.nanoTime());
      }
    }
  }

  private boolean applied(long version, Set<String> servers) {
    ClusterState now = parts.driver().view().state();
    return servers.stream()
        .map(now::server)
        .allMatch(s -> s == null || s.configApplied() >= version);
  }

  @Override
  public boolean trustedLinks() {
    return parts.links().trusted();
  }

  @Override
  public void revoked(String list) throws PkiProblem {
    parts.links().takeRevoked(list);
  }

  @Override
  public ConfigState facts(ConfigReading reading, ClusterState now, String by) {
    return ConfigFacts.of(reading, now, by, parts.folder().state());
  }

  @Override
  public List<String> fromNextStart() {
    return parts.fromNextStart().get();
  }

  @Override
  public @Nullable Notice needsRestart() {
    return parts.needsRestart().get();
  }

  @Override
  public void goDown(boolean again) {
    parts.goDown().accept(again);
  }

  @Override
  public List<ApiRoutes.Event> events(int lines) {
    return parts.events().apply(lines);
  }
}
