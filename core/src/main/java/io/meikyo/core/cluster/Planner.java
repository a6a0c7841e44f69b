// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.Group;
import io.meikyo.core.cluster.config.Mode;
import io.meikyo.core.notice.Notice;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one server does about each group, from the replicated state, the configuration and its own
 * outlook. Pure: all servers may plan at once, since whatever they propose carries the epoch that
 * it expects, and a server proposes only for itself. Each decision comes with its reason.
 */
public final class Planner {
  /** After so long a group that failed everywhere is tried again where it is. */
  private static final long AGAIN_NANOS = 300_000_000_000L;

  private final ClusterState state;
  private final ClusterConfig config;
  private final Outlook outlook;

  private Planner(ClusterState state, ClusterConfig config, Outlook outlook) {
    this.state = state;
    this.config = config;
    this.outlook = outlook;
  }

  /** One decision per group that this server may run, in the order of the configuration. */
  public static List<Decision> plan(ClusterState state, ClusterConfig config, Outlook outlook) {
    Planner planner = new Planner(state, config, outlook);
    List<Decision> decisions = new ArrayList<>();
    for (Group group : config.groups()) {
      GroupState g = state.groups().get(group.name());
      if (g != null) {
        decisions.add(planner.decide(group, g));
      }
    }
    return decisions;
  }

  private Decision decide(Group group, GroupState g) {
    if (!outlook.fresh()) {
      return rest(g, PlanNotice.CATCHING_UP, g.name());
    }
    if (g.ownedBy(outlook.self())) {
      return owned(group, g);
    }
    if (outlook.here(g.name()) != GroupRunner.State.STOPPED) {
      return new Decision(
          g.name(), new Decision.Step.Fence(), say(PlanNotice.DEPOSED, g.name(), ownerOf(g)));
    }
    return g.owner() == null ? free(group, g) : elsewhere(group, g);
  }

  private static String ownerOf(GroupState g) {
    return g.owner() == null ? "-" : g.owner();
  }

  // ---- a group that we own

  private Decision owned(Group group, GroupState g) {
    GroupRunner.State here = outlook.here(g.name());
    if (!outlook.leased()) {
      return here == GroupRunner.State.STOPPED
          ? rest(g, PlanNotice.WAITS_FOR_LEASE, g.name())
          : rest(g, PlanNotice.LEASE_LOST, g.name());
    }
    if (!g.wanted()) {
      return leaving(g, here, null, Reason.OPERATOR, PlanNotice.STOPS_HERE, g.name());
    }
    if (!outlook.bootAllowed()) {
      return leaving(g, here, null, Reason.SERVER_STOPS, PlanNotice.STOPS_HERE, g.name());
    }
    if (outlook.images().contains(g.name()) && here == GroupRunner.State.STOPPED) {
      return rest(g, PlanNotice.IMAGE_WAITS, g.name());
    }
    String target = g.target();
    if (target != null && !target.equals(outlook.self())) {
      return move(group, g, here, target, Reason.OPERATOR, PlanNotice.MOVES);
    }
    String back = failback(group, g, here);
    if (back != null) {
      return move(group, g, here, back, Reason.FAILBACK, PlanNotice.FAILS_BACK);
    }
    return run(group, g, here);
  }

  private Decision run(Group group, GroupState g, GroupRunner.State here) {
    if (here == GroupRunner.State.STUCK) {
      return report(
          g, Phase.FAILED, Reason.RESOURCE_FAILED, PlanNotice.STUCK, g.name(), culprit(g));
    }
    Long since = outlook.failedAt().get(g.name());
    if (since != null) {
      return failed(group, g, here, since);
    }
    return switch (here) {
      case RUNNING -> report(g, Phase.ONLINE, Reason.STARTED, PlanNotice.RUNS_HERE, g.name());
      case STARTING, FAILED, STUCK ->
          report(g, Phase.STARTING, g.why(), PlanNotice.STARTS_HERE, g.name());
      case STOPPED -> begin(group, g);
      case STOPPING -> rest(g, PlanNotice.STOPS_HERE, g.name());
    };
  }

  private Decision begin(Group group, GroupState g) {
    if (!g.deposed().isEmpty() && !outlook.over().getOrDefault(g.name(), false)) {
      String former = String.join(", ", g.deposed().keySet());
      return rest(g, PlanNotice.WAITS_FOR_LEASE_END, g.name(), former);
    }
    String other = awaited(group);
    if (other != null) {
      Long since = outlook.waitingSince().get(g.name());
      boolean inVain = since != null && outlook.now() - since >= group.waitTimeout();
      long seconds = group.waitTimeout() / 1_000_000_000L;
      return inVain
          ? report(
              g,
              Phase.FAILED,
              Reason.WAITED_IN_VAIN,
              PlanNotice.WAITED_IN_VAIN,
              g.name(),
              other,
              seconds)
          : rest(g, PlanNotice.WAITS_FOR_GROUP, g.name(), other);
    }
    return start(g, PlanNotice.STARTS_HERE);
  }

  /**
   * Starts it; but if we have offered it back and do not know what became of that, it is first
   * taken anew: in the new epoch the old offer counts for nothing.
   */
  private Decision start(GroupState g, PlanNotice saying) {
    if (outlook.releasing().contains(g.name())) {
      Command keep = new Command.Take(g.name(), g.epoch(), g.why());
      return propose(g, keep, PlanNotice.TAKES, g.name());
    }
    return new Decision(g.name(), new Decision.Step.Start(), say(saying, g.name()));
  }

  private @Nullable String awaited(Group group) {
    for (String other : group.waitFor()) {
      GroupState o = state.groups().get(other);
      if (o != null && o.phase() != Phase.ONLINE) {
        return other;
      }
    }
    return null;
  }

  /** It failed here for good: elsewhere, if there is an elsewhere; else again, after a while. */
  private Decision failed(Group group, GroupState g, GroupRunner.State here, long since) {
    if (state.atRest()) {
      return rest(g, PlanNotice.AT_REST, g.name(), restBy());
    }
    if (here == GroupRunner.State.STOPPING) {
      return rest(g, PlanNotice.STOPS_HERE, g.name());
    }
    String next = group.failover() == Mode.AUTO ? best(group, g, false) : null;
    long often = g.failovers().stream().filter(f -> recent(group, f)).count();
    boolean mayGo = often < group.failoverLimit();
    if (next != null && mayGo) {
      if (here == GroupRunner.State.STOPPED) {
        Command give = new Command.Release(g.name(), g.epoch(), true, next, Reason.RESOURCE_FAILED);
        return propose(g, give, PlanNotice.FAILED_GOES, g.name(), next);
      }
      return new Decision(
          g.name(), new Decision.Step.Stop(), say(PlanNotice.FAILED_GOES, g.name(), next));
    }
    if (here != GroupRunner.State.RUNNING && outlook.now() - since > AGAIN_NANOS) {
      return start(g, PlanNotice.STARTS_AGAIN);
    }
    return next == null
        ? report(
            g, Phase.FAILED, Reason.RESOURCE_FAILED, PlanNotice.FAILED_STAYS, g.name(), culprit(g))
        : report(
            g,
            Phase.FAILED,
            Reason.RESOURCE_FAILED,
            PlanNotice.FAILED_OFTEN,
            g.name(),
            culprit(g),
            often,
            group.failoverWindow() / 1_000_000_000L);
  }

  /** A failover that counts for the limit; an old one is forgotten. */
  private boolean recent(Group group, GroupState.Failover failover) {
    return failover.within(group.failoverWindow() / 1_000_000, outlook.wallMillis());
  }

  /** It has failed on this server not long ago: its way back is left to the operator. */
  private boolean failedLately(Group group, GroupState g, String server) {
    return g.failovers().stream().anyMatch(f -> f.from().equals(server) && recent(group, f));
  }

  /** It has failed there and run nowhere since; after the window that is forgotten. */
  private boolean failedThere(Group group, GroupState g, String server) {
    boolean known = g.failovers().stream().anyMatch(f -> f.from().equals(server));
    return g.failedOn(server) && (!known || failedLately(group, g, server));
  }

  private String culprit(GroupState g) {
    return outlook.culprits().getOrDefault(g.name(), "-");
  }

  private Decision move(
      Group group,
      GroupState g,
      GroupRunner.State here,
      String target,
      Reason why,
      PlanNotice saying) {
    boolean open = viable(group, g, target) == null;
    boolean begun = here == GroupRunner.State.STOPPED || here == GroupRunner.State.STOPPING;
    if (!open && !begun) {
      return rest(g, PlanNotice.MOVE_WAITS, g.name(), target);
    }
    return leaving(g, here, target, why, saying, g.name(), target);
  }

  /** Stops what runs, and gives the group back when nothing does. */
  private Decision leaving(
      GroupState g,
      GroupRunner.State here,
      @Nullable String next,
      Reason why,
      PlanNotice saying,
      Object... args) {
    return switch (here) {
      case STOPPED ->
          propose(
              g,
              new Command.Release(g.name(), g.epoch(), false, next, why),
              PlanNotice.GIVES_BACK,
              g.name());
      case STOPPING -> report(g, Phase.STOPPING, why, saying, args);
      case STUCK ->
          report(g, Phase.FAILED, Reason.RESOURCE_FAILED, PlanNotice.STUCK, g.name(), culprit(g));
      default -> new Decision(g.name(), new Decision.Step.Stop(), say(saying, args));
    };
  }

  private @Nullable String failback(Group group, GroupState g, GroupRunner.State here) {
    // Once it stops or has stopped for that, it goes on: starting anew would be for ever.
    boolean ready =
        switch (here) {
          case RUNNING, STOPPING, STOPPED -> true;
          case STARTING, FAILED, STUCK -> false;
        };
    if (group.failback() != Mode.AUTO || state.atRest() || !ready) {
      return null;
    }
    for (String server : group.servers()) {
      if (server.equals(outlook.self())) {
        return null;
      }
      if (viable(group, g, server) == null && !failedLately(group, g, server)) {
        return server;
      }
    }
    return null;
  }

  // ---- a group that nobody owns

  private Decision free(Group group, GroupState g) {
    if (!g.wanted()) {
      return rest(g, PlanNotice.STOPPED, g.name());
    }
    if (outlook.images().contains(g.name())) {
      return rest(g, PlanNotice.IMAGE_WAITS, g.name());
    }
    boolean byOperator = g.why() == Reason.OPERATOR;
    if (state.atRest() && !byOperator) {
      return rest(g, PlanNotice.AT_REST, g.name(), restBy());
    }
    for (String server : inOrder(group, g)) {
      boolean me = server.equals(outlook.self());
      if (!me && expected(server)) {
        return rest(g, PlanNotice.WAITS_FOR_SERVER, g.name(), server);
      }
      if (viable(group, g, server) == null) {
        return me
            ? propose(g, new Command.Take(g.name(), g.epoch(), g.why()), PlanNotice.TAKES, g.name())
            : rest(g, PlanNotice.OTHER_TAKES, g.name(), server);
      }
    }
    return rest(g, PlanNotice.NO_SERVER, g.name(), reasons(group, g));
  }

  /** The target first, then as configured. */
  private List<String> inOrder(Group group, GroupState g) {
    List<String> order = new ArrayList<>();
    String target = g.target();
    if (target != null && group.servers().contains(target)) {
      order.add(target);
    }
    for (String server : group.servers()) {
      if (!order.contains(server)) {
        order.add(server);
      }
    }
    return order;
  }

  /** A server that may come up in a moment, as servers do that boot together. */
  private boolean expected(String server) {
    Health health = outlook.of(server);
    ServerState known = state.server(server);
    boolean silent = health == Health.NEVER_SEEN || health == Health.UNKNOWN;
    return silent
        && known != null
        && !known.left()
        && outlook.now() - outlook.startedAt() < config.timing().startWait();
  }

  // ---- a group that somebody else owns

  private Decision elsewhere(Group group, GroupState g) {
    String owner = ownerOf(g);
    Health health = outlook.of(owner);
    switch (health) {
      case UP -> {
        return rest(g, PlanNotice.RUNS_ELSEWHERE, g.name(), owner);
      }
      case UNKNOWN -> {
        return rest(g, PlanNotice.OWNER_SUSPECTED, g.name(), owner);
      }
      case SERVICE_SILENT -> {
        return rest(g, PlanNotice.OWNER_SERVICE_SILENT, g.name(), owner);
      }
      case CUT_OFF -> {
        return rest(g, PlanNotice.OWNER_CUT_OFF, g.name(), owner);
      }
      case NEVER_SEEN -> {
        if (expected(owner)) {
          return rest(g, PlanNotice.WAITS_FOR_SERVER, g.name(), owner);
        }
      }
      case DOWN, LEFT -> {}
    }
    if (!g.wanted()) {
      return rest(g, PlanNotice.STOPPED, g.name());
    }
    if (state.atRest()) {
      return rest(g, PlanNotice.AT_REST, g.name(), restBy());
    }
    if (group.failover() != Mode.AUTO) {
      return rest(g, PlanNotice.OWNER_GONE_MANUAL, g.name(), owner);
    }
    String next = best(group, g, true);
    if (next == null) {
      String self = outlook.self();
      return state.inSync(g.name(), self)
          ? rest(g, PlanNotice.NO_SERVER, g.name(), reasons(group, g))
          : rest(g, PlanNotice.OWNER_GONE_NOT_IN_SYNC, g.name(), owner, self);
    }
    if (!next.equals(outlook.self())) {
      return rest(g, PlanNotice.OTHER_TAKES_OVER, g.name(), owner, next);
    }
    ServerState gone = state.server(owner);
    long lease = gone == null ? 0 : gone.leaseEpoch();
    return propose(
        g,
        new Command.TakeOver(g.name(), g.epoch(), owner, lease, Reason.SERVER_DOWN),
        PlanNotice.TAKES_OVER,
        g.name(),
        owner);
  }

  // ---- who may

  /** The best other server than the owner; with {@code orMe} also ourselves. */
  private @Nullable String best(Group group, GroupState g, boolean orMe) {
    for (String server : inOrder(group, g)) {
      boolean me = server.equals(outlook.self());
      if (!server.equals(g.owner()) && (orMe || !me) && viable(group, g, server) == null) {
        return server;
      }
    }
    return null;
  }

  /** Why a server may not run a group now; null if it may. */
  private @Nullable String viable(Group group, GroupState g, String server) {
    ServerState known = state.server(server);
    if (known == null) {
      return "no member";
    }
    if (!known.running()) {
      return "cluster service stopped";
    }
    if (outlook.of(server) != Health.UP) {
      return "not heard";
    }
    if (server.equals(outlook.self()) && !(outlook.leased() && outlook.bootAllowed())) {
      return "no lease";
    }
    if (server.equals(outlook.self()) && outlook.images().contains(g.name())) {
      return "restored image waits";
    }
    if (failedThere(group, g, server)) {
      return "failed there";
    }
    if (!state.inSync(g.name(), server)) {
      return "mirror not in sync";
    }
    String other = excluded(group, server);
    return other == null ? null : "excluded by " + other;
  }

  private @Nullable String excluded(Group group, String server) {
    for (Group other : config.groups()) {
      boolean apart =
          group.exclusiveWith().contains(other.name())
              || other.exclusiveWith().contains(group.name());
      GroupState o = state.groups().get(other.name());
      if (apart && o != null && o.ownedBy(server)) {
        return other.name();
      }
    }
    return null;
  }

  private String reasons(Group group, GroupState g) {
    List<String> each = new ArrayList<>();
    for (String server : group.servers()) {
      String why = viable(group, g, server);
      each.add(server + ": " + (why == null ? "ready" : why));
    }
    return String.join("; ", each);
  }

  // ---- decisions

  private String restBy() {
    return state.suspension().on() ? state.suspension().by() : state.backup().by();
  }

  private Decision report(
      GroupState g, Phase phase, Reason why, PlanNotice saying, Object... args) {
    Notice because = say(saying, args);
    if (g.phase() == phase) {
      return new Decision(g.name(), new Decision.Step.Rest(), because);
    }
    Command command = new Command.Report(g.name(), g.epoch(), phase, why);
    return new Decision(g.name(), new Decision.Step.Propose(command), because);
  }

  private static Decision propose(
      GroupState g, Command command, PlanNotice saying, Object... args) {
    return new Decision(g.name(), new Decision.Step.Propose(command), say(saying, args));
  }

  private static Decision rest(GroupState g, PlanNotice saying, Object... args) {
    return new Decision(g.name(), new Decision.Step.Rest(), say(saying, args));
  }

  private static Notice say(PlanNotice saying, Object... args) {
    return Notice.of(saying, args).about("group", String.valueOf(args[0]));
  }
}
