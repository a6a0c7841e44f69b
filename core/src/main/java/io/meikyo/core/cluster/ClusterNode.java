// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.SelfFencing;
import io.meikyo.core.notice.Notice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One member of the cluster, without its world: it is told what was applied, heard, ended and found
 * ({@link NodeEvent}), and says what is to be done ({@link NodeEffect}). All its state belongs to
 * whoever calls {@link #step}, one call at a time; times are ns of a clock that goes on while the
 * machine sleeps.
 *
 * <p>Each step ends with a look at everything: leases and the gate first ({@link Pulse}, {@link
 * SelfFence}), then the plan of each group ({@link Planner}) and its resources ({@link
 * GroupRunner}), then the monitors ({@link Watch}); a sign of life that says nothing new only with
 * the first of them. One command per group is under way at a time; it carries the epoch that it
 * expects, so that late and doubled ones do no harm.
 */
public final class ClusterNode {
  private static final long RETRY_NANOS = 200_000_000L;
  private static final long SETTLE_NANOS = 50_000_000L;

  private final String self;
  private final MemberRole role;
  private final SelfFencing fencing;
  private final Pulse pulse;
  private final long startedAt;
  private final Gate gate;

  private ClusterState state;
  private Set<String> voters = Set.of();
  private @Nullable ClusterConfig config;
  private long configVersion;
  private final Watches watches = new Watches(this);
  private final FinalActions finalActions = new FinalActions(this);
  private final Groups groups = new Groups(this, finalActions);

  private long numbers;
  private final Map<Long, Consumer<@Nullable Verdict>> open = new HashMap<>();
  private final Map<String, Long> busyUntil = new HashMap<>();
  private final BackupWatch backup = new BackupWatch(this);
  private @Nullable Boolean wantsRunning;

  /** In this life, or for this boot, somebody has said that it is to run here. */
  private boolean toldToRun;

  private boolean held;
  private long life;
  private long stopping = -1;
  private final Map<String, Health> lastHealth = new TreeMap<>();
  private boolean wasLeased;
  private boolean lookedAround;
  private long now;
  private long wallMillis;
  private List<NodeEffect> out = new ArrayList<>();

  /**
   * A member that has just started and knows nothing yet.
   *
   * @param runs whether the cluster service is to run here, as the state file says; a witness: true
   */
  public ClusterNode(
      String self,
      MemberRole role,
      UUID group,
      Pulse.Times times,
      SelfFencing fencing,
      boolean runs,
      long now) {
    this.self = self;
    this.role = role;
    this.fencing = fencing;
    this.pulse = new Pulse(self, times, group, now);
    this.startedAt = now;
    this.now = now;
    this.state = ClusterState.empty(group);
    this.gate = new Gate(self, fencing, pulse, state, times.view(), now);
    this.wantsRunning = runs;
  }

  /** The same where no wall clock is set apart from the other one. */
  public List<NodeEffect> step(long at, NodeEvent event) {
    return step(at, at / 1_000_000, event);
  }

  /**
   * Takes one event at this time and returns what is to be done, in order.
   *
   * @param wall what the wall clock says, ms; it may be set at any time
   */
  public List<NodeEffect> step(long at, long wall, NodeEvent event) {
    wallMillis = wall;
    now = Math.max(now, at);
    out = new ArrayList<>();
    boolean quiet = isQuiet(event) && now < deadline();
    switch (event) {
      case NodeEvent.Tick e -> {}
      case NodeEvent.Applied e -> applied(e);
      case NodeEvent.Voters e -> {
        voters = e.names();
        pulse.state(state, voters, now);
      }
      case NodeEvent.Configured e -> configured(e);
      case NodeEvent.Beat e ->
          emit(new NodeEffect.SendAnswer(e.beat().from(), pulse.heard(e.beat(), now)));
      case NodeEvent.BeatAnswered e -> pulse.answered(e.answer(), now);
      case NodeEvent.Answered e -> answered(e);
      case NodeEvent.TaskEnded e -> groups.taskEnded(e);
      case NodeEvent.Looked e -> watches.looked(e);
      case NodeEvent.ScriptEnded e -> {}
      case NodeEvent.Agent e -> {
        gate.agent(e, now);
      }
      case NodeEvent.Ask e -> ask(e);
      case NodeEvent.Serve e -> serve(e);
      case NodeEvent.Sovereign e -> gate.sovereign(now);
      case NodeEvent.Carries e -> backup.carries(e.cutId());
    }
    look(quiet);
    List<NodeEffect> effects = out;
    out = new ArrayList<>();
    return effects;
  }

  /** A sign of life that says nothing new: by itself it changes no plan. */
  private boolean isQuiet(NodeEvent event) {
    return switch (event) {
      case NodeEvent.Beat e -> {
        Heartbeat earlier = pulse.last(e.beat().from());
        yield earlier != null && e.beat().saysNothingNew(earlier);
      }
      case NodeEvent.BeatAnswered e -> true;
      default -> false;
    };
  }

  void emit(NodeEffect effect) {
    out.add(effect);
  }

  // ---- what is told

  private void applied(NodeEvent.Applied e) {
    ClusterState before = state;
    state = e.state();
    pulse.state(state, voters, now);
    gate.state(state);
    groups.applied(before, e);
  }

  private void configured(NodeEvent.Configured e) {
    config = e.config();
    configVersion = e.version();
    pulse.waits(Pulse.Times.of(e.config().timing(), e.config().selfFencing()));
    groups.configured(e);
    watches.configured(e.config().monitors());
  }

  private void answered(NodeEvent.Answered e) {
    Consumer<@Nullable Verdict> then = open.remove(e.number());
    if (then != null) {
      then.accept(e.verdict());
    }
  }

  private void ask(NodeEvent.Ask e) {
    if (e.command() instanceof Command.DecideSet set) {
      gate.asked(set);
    }
    propose(
        e.command(),
        verdict -> emit(new NodeEffect.Reply(e.id(), verdict == null ? undecided() : verdict)));
  }

  /** Nobody can say whether it will be applied: said as it is, never as a success. */
  private static Verdict undecided() {
    return Verdict.refused(ClusterNotice.UNDECIDED);
  }

  private void serve(NodeEvent.Serve e) {
    wantsRunning = e.run();
    toldToRun = e.run();
    held = false;
    stopping = e.run() ? -1 : e.id();
    ServerState me = state.server(self);
    boolean isSo = me != null && me.running() == e.run();
    if (isSo) {
      stopping = -1;
      emit(new NodeEffect.Reply(e.id(), Verdict.done(ClusterNotice.DONE)));
    } else if (e.run()) {
      propose(
          new Command.Running(true),
          verdict -> emit(new NodeEffect.Reply(e.id(), verdict == null ? undecided() : verdict)));
    }
  }

  // ---- proposals

  private void propose(Command command, Consumer<@Nullable Verdict> then) {
    long number = ++numbers;
    open.put(number, then);
    emit(new NodeEffect.Propose(number, command));
  }

  /** Proposes unless the last one under this key is not answered yet, or has just been. */
  boolean proposeOnce(String key, Command command) {
    if (busyUntil.getOrDefault(key, Long.MIN_VALUE) > now) {
      return false;
    }
    busyUntil.put(key, Long.MAX_VALUE);
    propose(
        command,
        verdict -> {
          boolean taken = verdict != null && verdict.taken();
          busyUntil.put(key, now + (taken ? SETTLE_NANOS : RETRY_NANOS));
          if (verdict != null && !taken && command instanceof Command.Release release) {
            groups.kept(release.group());
          }
        });
    return true;
  }

  // ---- the look at everything

  /**
   * Looks.
   *
   * @param quiet what has happened changes no plan, unless it changes who is there, a lease or the
   *     gate; what time changes is looked at when it is due, and with each heartbeat
   */
  private void look(boolean quiet) {
    Heartbeat beat = pulse.beat(now);
    if (beat != null) {
      emit(new NodeEffect.SendBeat(beat));
    }
    boolean news = tellHealth();
    lookedAround = !quiet || news;
    if (!state.founded()) {
      return;
    }
    catchUp();
    if (role == MemberRole.WITNESS) {
      return;
    }
    letGo();
    register();
    SelfFence.Stage before = gate.stage();
    gate();
    lookedAround |= gate.stage() != before;
    if (lookedAround) {
      plan();
      watches.look();
      backup.look();
    }
  }

  /** Was not started at boot since backup mode was on; that is over. */
  private void letGo() {
    ServerState me = state.server(self);
    if (held && me != null && pulse.isFresh() && !state.backup().on()) {
      held = false;
      if (me.startMode() == StartMode.AUTO) {
        wantsRunning = true;
        tell(NodeNotice.STARTS_AFTER_BACKUP);
      }
    }
  }

  /** A command of our own: what we know is not of a former life. */
  private void catchUp() {
    if (!pulse.isFresh() && busyUntil.getOrDefault("fresh", Long.MIN_VALUE) <= now) {
      busyUntil.put("fresh", Long.MAX_VALUE);
      propose(
          new Command.Noop(),
          verdict -> {
            busyUntil.put("fresh", now + RETRY_NANOS);
            if (verdict != null && verdict.taken()) {
              pulse.fresh();
            }
          });
    }
  }

  /** Says whether the cluster service runs here, and with which configuration. */
  private void register() {
    ServerState me = state.server(self);
    if (me == null || !pulse.isFresh() || wantsRunning == null) {
      return;
    }
    if (wantsRunning && !toldToRun && heldForImage(me)) {
      wantsRunning = false;
      tell(NodeNotice.STAYS_STOPPED, state.backup().by());
    } else if (wantsRunning && (!me.running() || me.left())) {
      proposeOnce("running", new Command.Running(true));
    } else if (!wantsRunning && me.running() && ownsNothing()) {
      proposeOnce("running", new Command.Running(false));
    } else if (stopping >= 0 && !me.running()) {
      emit(new NodeEffect.Reply(stopping, Verdict.done(ClusterNotice.DONE)));
      stopping = -1;
    }
    if (config != null && me.configApplied() != configVersion) {
      proposeOnce("config", new Command.ConfigApplied(configVersion));
    }
  }

  /**
   * The cluster has decided that nothing starts here before the end of a backup, and this server
   * had not heard of it when it went down, or when its service died.
   */
  private boolean heldForImage(ServerState me) {
    return state.backup().offline() && me.startMode() == StartMode.HELD && !me.running();
  }

  private boolean ownsNothing() {
    return state.groups().values().stream().noneMatch(g -> g.ownedBy(self));
  }

  // ---- the gate (rules R5, R16)

  private void gate() {
    SelfFence.Stage before = gate.stage();
    SelfFence.Stage stage = gate.look(groups.runners(), now);
    if (stage == SelfFence.Stage.FENCING) {
      groups
          .runners()
          .forEach((name, runner) -> {
            boolean runs = runner.state() != GroupRunner.State.STOPPED;
            if (runs && !gate.isOpen(name, runner, now)) {
              groups.run(name, runner.fence());
            }
          });
    }
    if (stage != before) {
      tellStage(before, stage);
    }
  }

  private void tellStage(SelfFence.Stage before, SelfFence.Stage stage) {
    long millis = 1_000_000;
    switch (stage) {
      case WHOLE ->
          tell(before == SelfFence.Stage.FENCING ? NodeNotice.FENCED : NodeNotice.GATE_OPEN);
      case SUSPENDED -> tell(NodeNotice.SUSPENDED_SELF, fencing.suspend() / millis);
      case FENCING -> tell(NodeNotice.FENCING, fencing.stop() / millis);
      case LAST_RESORT -> {
        Notice why = Notice.of(NodeNotice.LAST_RESORT, SelfFence.budget(fencing) / millis);
        emit(new NodeEffect.Tell(why));
        emit(new NodeEffect.LastResort(why));
      }
    }
  }

  void tell(NodeNotice what, Object... args) {
    emit(new NodeEffect.Tell(Notice.of(what, args)));
  }

  // ---- groups

  private void plan() {
    ClusterConfig c = config;
    if (c == null || configVersion < state.config().version()) {
      return; // what was replaced while this server was away starts nothing
    }
    groups.plan(c);
  }

  boolean isOver(Map.Entry<String, Long> deposed, boolean agents) {
    return pulse.over(deposed.getKey(), deposed.getValue(), now)
        && (!agents || pulse.agentOver(deposed.getKey(), deposed.getValue(), now));
  }

  /** Says who is there now, and whether we hold a lease; true if that has changed. */
  private boolean tellHealth() {
    boolean any = false;
    for (String member : state.servers().keySet()) {
      if (member.equals(self)) {
        continue;
      }
      Health health = pulse.health(member, now);
      Health before = lastHealth.put(member, health);
      any |= before != health;
      boolean news = before == null ? health == Health.UP : before != health;
      if (news) {
        if (health == Health.UP) {
          tell(NodeNotice.MEMBER_UP, member);
        } else {
          tell(NodeNotice.MEMBER_SILENT, member, health);
        }
      }
    }
    boolean leased = pulse.leased(now);
    if (leased != wasLeased) {
      any = true;
      wasLeased = leased;
      tell(leased ? NodeNotice.LEASED : NodeNotice.LEASE_GONE);
    }
    return any;
  }

  // ---- for whoever drives it, and for status

  /** When the next {@link NodeEvent.Tick} is due, ns. */
  public long deadline() {
    long next = Math.min(pulse.deadline(), gate.deadline(now));
    next = Math.min(next, Math.min(watches.deadline(), pulse.overAt(now)));
    if (pulse.leased(now)) {
      next = Math.min(next, pulse.leaseUntil());
    }
    for (long until : busyUntil.values()) {
      // Then the same may be proposed again.
      next = until > now ? Math.min(next, until) : next;
    }
    return next;
  }

  /** The replicated state as this member has applied it. */
  public ClusterState state() {
    return state;
  }

  /**
   * False if the last step has changed nothing of what this node shows of itself, but when it heard
   * whom.
   */
  public boolean lookedAround() {
    return lookedAround;
  }

  /** What this member believes of another. */
  public Health health(String member) {
    return pulse.health(member, now);
  }

  /** True if this server holds the lease. */
  public boolean leased() {
    return pulse.leased(now);
  }

  /** True once a command of this life was applied. */
  public boolean fresh() {
    return pulse.isFresh();
  }

  /** When each member's service was heard last, ns; who was never heard is not in it. */
  public Map<String, Long> heardAt() {
    return pulse.heardAt();
  }

  /** Members whose mirror agents are heard by ours. */
  public Set<String> agentHears() {
    return gate.agentHears();
  }

  /** How far self-fencing has come. */
  public SelfFence.Stage fenceStage() {
    return gate.stage();
  }

  /**
   * True while a watchdog may be fed: what runs here is known, and all of it may.
   *
   * <p>A watchdog is set when the first resource starts. One that is not fed for the budget of
   * self-fencing resets the server, also if this service is dead or stands still.
   */
  public boolean mayFeed() {
    return config != null && gate.stage() == SelfFence.Stage.WHOLE;
  }

  /** The last decision on each group. */
  public Map<String, Decision> decisions() {
    return Map.copyOf(groups.decisions());
  }

  /** The group's resources here; null if the group is unknown. */
  public @Nullable GroupRunner runner(String group) {
    return groups.runners().get(group);
  }

  /**
   * Per group, resources whose definition in force is not yet the one that they run with: it counts
   * when they, or the whole group, are stopped and started.
   */
  public Map<String, List<String>> waiting() {
    return Map.copyOf(groups.waiting());
  }

  /** The configuration that this member works with; null before the first. */
  public @Nullable ClusterConfig config() {
    return config;
  }

  /** The version of that configuration; 0 before the first. */
  public long configVersion() {
    return configVersion;
  }

  /** How the monitors stand here. */
  public List<MonitorView> monitors() {
    return watches.views();
  }

  // ---- for the monitors

  long now() {
    return now;
  }

  /** True if the cluster service is to run here. */
  public boolean serves() {
    return Boolean.TRUE.equals(wantsRunning);
  }

  String self() {
    return self;
  }

  Groups groups() {
    return groups;
  }

  long startedAt() {
    return startedAt;
  }

  long wallMillis() {
    return wallMillis;
  }

  FinalActions finalActions() {
    return finalActions;
  }

  /**
   * Before the first step: the cluster service was not started at boot, since backup mode was on.
   */
  public void heldByBackup() {
    held = true;
  }

  /** Before the first step: it runs by a word that was given for this boot, on this server. */
  public void toldToRun() {
    toldToRun = true;
  }

  /** The life of this member's service; 0 before {@link #life(long)}. */
  long life() {
    return life;
  }

  /** Before the first step: rises with each start of this member's service. */
  public void life(long now) {
    life = now;
  }

  /** A server that nobody expects to act any more. */
  boolean gone(String server) {
    return switch (pulse.health(server, now)) {
      case DOWN, LEFT -> true;
      case NEVER_SEEN -> config != null && now - startedAt >= config.timing().startWait();
      case UP, UNKNOWN, SERVICE_SILENT, CUT_OFF -> false;
    };
  }

  NodeEvent.Agent.@Nullable Still still(String disk, long since) {
    return gate.still(disk, since);
  }

  /** A final action: as if the operator had stopped the cluster service here. */
  void stopService() {
    wantsRunning = false;
  }
}
