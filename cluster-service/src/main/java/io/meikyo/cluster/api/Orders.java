// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.api;

import io.meikyo.cluster.api.HttpSeam.Response;
import io.meikyo.cluster.config.ConfigReader;
import io.meikyo.cluster.node.NodeDriver;
import io.meikyo.cluster.pki.PkiProblem;
import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.Command;
import io.meikyo.core.cluster.ConfigState;
import io.meikyo.core.cluster.DiskState;
import io.meikyo.core.cluster.GroupState;
import io.meikyo.core.cluster.Health;
import io.meikyo.core.cluster.MemberRole;
import io.meikyo.core.cluster.ServerState;
import io.meikyo.core.cluster.StartMode;
import io.meikyo.core.cluster.Verdict;
import io.meikyo.core.cluster.arbitration.ArbitrationNotice;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.Group;
import io.meikyo.core.cluster.config.Monitor;
import io.meikyo.core.cluster.config.Resource;
import io.meikyo.core.cluster.config.ResourceSettings;
import io.meikyo.core.notice.Notice;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What the operator can have done. Any thread. */
final class Orders {
  /** Longest wait for a cluster service to stop or start. */
  static final long SERVE_SECONDS = 300;

  private static final long ANSWER_SECONDS = 10;

  private final String self;
  private final NodeDriver node;
  private final ApiRoutes.Site site;

  Orders(String self, NodeDriver node, ApiRoutes.Site site) {
    this.self = self;
    this.node = node;
    this.site = site;
  }

  private Response decided(Call c, Command command)
      throws InterruptedException, ExecutionException, TimeoutException {
    return c.answer(node.ask(command).get(ANSWER_SECONDS, TimeUnit.SECONDS));
  }

  private ClusterState state() {
    return node.view().state();
  }

  // ---- groups

  Response startGroup(Call c) throws InterruptedException, ExecutionException, TimeoutException {
    String server = c.parameter("server");
    return decided(
        c, new Command.Want(c.in("group"), true, server.isEmpty() ? null : server, c.by()));
  }

  Response stopGroup(Call c) throws InterruptedException, ExecutionException, TimeoutException {
    return decided(c, new Command.Want(c.in("group"), false, null, c.by()));
  }

  Response moveGroup(Call c) throws InterruptedException, ExecutionException, TimeoutException {
    String name = c.in("group");
    return decided(c, new Command.Want(name, true, other(name, c.parameter("server")), c.by()));
  }

  /** Without a word: the best server that is not the present owner. */
  private String other(String name, String wanted) {
    if (!wanted.isEmpty()) {
      return wanted;
    }
    GroupState g = state().groups().get(name);
    ConfigState.GroupFacts facts = state().config().groups().get(name);
    if (g != null && facts != null) {
      for (String server : facts.servers()) {
        if (!server.equals(g.owner()) && node.view().health().get(server) == Health.UP) {
          return server;
        }
      }
    }
    throw new Wrong(Notice.of(ApiNotice.MISSING, "server"));
  }

  // ---- one resource of a group that runs

  private @Nullable ClusterConfig config() {
    return ConfigReader.read("config", state().config().text()).config().orElse(null);
  }

  private Group group(Call c) {
    ClusterConfig config = config();
    Group group = config == null ? null : config.group(c.in("group")).orElse(null);
    if (group == null || group.resource(c.in("resource")).isEmpty()) {
      throw new Wrong(Notice.of(ApiNotice.NO_RESOURCE, c.in("resource"), c.in("group")));
    }
    return group;
  }

  Response startResource(Call c) throws InterruptedException, ExecutionException, TimeoutException {
    String name = c.in("resource");
    Group group = group(c);
    Set<String> off = off(group);
    List<String> lacks = off.stream().filter(o -> needing(group, o).contains(name)).toList();
    return lacks.isEmpty()
        ? decided(c, new Command.WantResource(group.name(), name, true, c.by()))
        : c.refused(Notice.of(ApiNotice.RESOURCE_LACKS, name, String.join(", ", lacks)));
  }

  Response stopResource(Call c) throws InterruptedException, ExecutionException, TimeoutException {
    String name = c.in("resource");
    Group group = group(c);
    Set<String> running = needing(group, name);
    running.removeAll(off(group));
    return running.isEmpty() || c.flag("force")
        ? decided(c, new Command.WantResource(group.name(), name, false, c.by()))
        : c.refused(Notice.of(ApiNotice.RESOURCE_NEEDED, name, String.join(", ", running)));
  }

  /** What is stopped by the operator's word, and what needs it. */
  private Set<String> off(Group group) {
    Set<String> off = new TreeSet<>();
    GroupState g = state().groups().get(group.name());
    if (g != null) {
      for (String name : g.off()) {
        off.add(name);
        off.addAll(needing(group, name));
      }
    }
    return off;
  }

  /** What cannot run without a resource: as the runner of groups has it. */
  private static Set<String> needing(Group group, String name) {
    Set<String> all = new TreeSet<>(Set.of(name));
    boolean more = true;
    while (more) {
      more = false;
      for (Resource r : group.resources()) {
        boolean mirror = r.settings() instanceof ResourceSettings.Md;
        boolean needs =
            r.dependsOn().stream().anyMatch(all::contains)
                || (!mirror && all.stream().anyMatch(n -> isMirror(group, n)));
        more |= needs && all.add(r.name());
      }
    }
    all.remove(name);
    return all;
  }

  private static boolean isMirror(Group group, String name) {
    return group.resource(name).map(r -> r.settings() instanceof ResourceSettings.Md).orElse(false);
  }

  // ---- monitors

  Response restMonitors(Call c) throws InterruptedException, ExecutionException, TimeoutException {
    return monitors(c, true);
  }

  Response wakeMonitors(Call c) throws InterruptedException, ExecutionException, TimeoutException {
    return monitors(c, false);
  }

  private Response monitors(Call c, boolean rest)
      throws InterruptedException, ExecutionException, TimeoutException {
    ClusterConfig config = config();
    List<String> known =
        config == null ? List.of() : config.monitors().stream().map(Monitor::name).toList();
    List<String> names = list(c.parameter("monitors"), known);
    for (String name : names) {
      if (!known.contains(name)) {
        throw new Wrong(Notice.of(ApiNotice.NO_MONITOR, name, String.join(", ", known)));
      }
    }
    List<String> servers = list(c.parameter("servers"), List.of(self));
    return decided(c, new Command.RestMonitors(servers, names, rest, c.by()));
  }

  private static List<String> list(String text, List<String> otherwise) {
    return text.isEmpty() ? otherwise : List.of(text.split(",", -1));
  }

  // ---- the cluster

  Response suspend(Call c) throws InterruptedException, ExecutionException, TimeoutException {
    return decided(c, new Command.Suspend(true, c.by()));
  }

  Response resume(Call c) throws InterruptedException, ExecutionException, TimeoutException {
    return decided(c, new Command.Suspend(false, c.by()));
  }

  Response startMode(Call c) throws InterruptedException, ExecutionException, TimeoutException {
    String mode = c.parameter("mode").toUpperCase(Locale.ROOT);
    if (!mode.equals("AUTO") && !mode.equals("MANUAL")) {
      throw new Wrong(Notice.of(ApiNotice.BAD_VALUE, "mode", c.parameter("mode"), "auto, manual"));
    }
    List<String> all = new ArrayList<>();
    for (ServerState s : state().servers().values()) {
      if (s.role() == MemberRole.SERVER) {
        all.add(s.name());
      }
    }
    List<String> names = list(c.parameter("servers"), all);
    return decided(c, new Command.SetStartMode(names, StartMode.valueOf(mode)));
  }

  /** What is left of it is done on one server: see {@code clpbackup.sh --pre}. */
  Response beginOffline(Call c) throws InterruptedException, ExecutionException, TimeoutException {
    long cut;
    try {
      cut = Long.parseUnsignedLong(c.need("cut"), 16);
    } catch (NumberFormatException e) {
      throw new Wrong(Notice.of(ApiNotice.BAD_VALUE, "cut", c.parameter("cut"), "hexadecimal"));
    }
    return decided(c, new Command.BeginOffline(c.by(), cut));
  }

  Response endOffline(Call c) throws InterruptedException, ExecutionException, TimeoutException {
    List<String> all = List.copyOf(state().backup().modes().keySet());
    return decided(c, new Command.EndOffline(list(c.parameter("servers"), all)));
  }

  // ---- this server

  Response startService(Call c) throws InterruptedException, ExecutionException, TimeoutException {
    Notice restart = site.needsRestart();
    if (restart != null) {
      return c.refused(restart);
    }
    return c.answer(node.serve(true).get(SERVE_SECONDS, TimeUnit.SECONDS));
  }

  Response stopService(Call c) throws InterruptedException, ExecutionException, TimeoutException {
    return c.answer(node.serve(false).get(SERVE_SECONDS, TimeUnit.SECONDS));
  }

  /** The cluster service stops first: its groups go elsewhere or stop. Only then the server. */
  Response goDown(Call c) throws InterruptedException, ExecutionException, TimeoutException {
    boolean again = c.flag("reboot");
    Verdict stopped = node.serve(false).get(SERVE_SECONDS, TimeUnit.SECONDS);
    if (!stopped.taken()) {
      return c.answer(stopped);
    }
    site.goDown(again);
    return c.done(Notice.of(again ? ApiNotice.REBOOTS : ApiNotice.GOES_DOWN, self));
  }

  Response revoked(Call c) {
    try {
      site.revoked(c.request().body());
      return c.done();
    } catch (PkiProblem e) {
      return c.refused(e.notice());
    }
  }

  // ---- mirror disks and arbitration

  Response forceMirror(Call c) throws InterruptedException, ExecutionException, TimeoutException {
    DiskState disk = state().disks().get(c.in("mirror"));
    if (disk == null) {
      throw new Wrong(Notice.of(ApiNotice.NO_SUCH_PATH, c.request().method(), c.request().path()));
    }
    long version = disk.record().version();
    return decided(c, new Command.Force(disk.name(), c.need("server"), c.by(), version));
  }

  Response word(Call c) {
    Notice said = site.pair().word(c.id("group"), c.big("version"), c.need("by"));
    boolean taken = said.code().equals(ArbitrationNotice.WORD_TAKEN.spec().key());
    return taken ? c.done(said) : c.refused(said);
  }

  Response discard(Call c) throws InterruptedException, ExecutionException, TimeoutException {
    String server = c.need("server");
    if (!site.pair().view().splits().contains(server)) {
      return c.refused(Notice.of(ArbitrationNotice.NO_SPLIT, server));
    }
    return c.answer(site.pair().giveUp(server, c.need("by")).get(ANSWER_SECONDS, TimeUnit.SECONDS));
  }
}
