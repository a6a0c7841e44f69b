// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.control;

import io.meikyo.core.cluster.BeatCodec;
import io.meikyo.core.cluster.ClusterMachine;
import io.meikyo.core.cluster.ClusterNode;
import io.meikyo.core.cluster.ClusterNotice;
import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.Command;
import io.meikyo.core.cluster.DiskState;
import io.meikyo.core.cluster.NodeEffect;
import io.meikyo.core.cluster.NodeEvent;
import io.meikyo.core.cluster.Proposal;
import io.meikyo.core.cluster.ProposalCodec;
import io.meikyo.core.cluster.Pulse;
import io.meikyo.core.cluster.SelfFence;
import io.meikyo.core.cluster.ServerState;
import io.meikyo.core.cluster.StartMode;
import io.meikyo.core.cluster.Verdict;
import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.Group;
import io.meikyo.core.cluster.config.Monitor;
import io.meikyo.core.cluster.config.Resource;
import io.meikyo.core.consensus.ConsensusLog;
import io.meikyo.core.consensus.ConsensusStore;
import io.meikyo.core.consensus.Outcome;
import io.meikyo.core.mirror.SetRecord;
import io.meikyo.core.notice.Notice;
import io.meikyo.sim.Prng;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One life of the cluster service of one member: gives the node its events in their order, carries
 * out its effects, and dies between any two of them. What the process around the node does (reading
 * the configuration, finding what runs, asking its mirror agent) is here too.
 */
final class Service {
  private static final long PROPOSAL_NANOS = 1_500_000_000L;
  private static final int PROPOSAL_TRIES = 3;
  private static final long LOOK_NANOS = 200_000_000L;
  private static final long VOTERS_NANOS = 500_000_000L;

  private record Rung(Monitor monitor, long at) {}

  final Machine m;
  final ControlWorld w;
  final long life;
  final ClusterNode node;
  private final int boot;
  private final Prng prng;
  private final ConsensusStore store;
  private final ArrayDeque<NodeEvent> inbox = new ArrayDeque<>();
  private final Map<Long, Consumer<Verdict>> asked = new HashMap<>();
  private @Nullable ConsensusLog log;
  private long ids;
  private long ticks;
  private long configRead;
  private @Nullable ClusterConfig config;
  private Set<String> votersTold = Set.of();
  private ClusterState last;
  private boolean reconfiguring;
  private final Map<String, Rung> rungs = new HashMap<>();
  boolean dead;
  boolean configured;

  /** The process stands still until then, real time. */
  private long stillUntil;

  Service(Machine m) {
    this.m = m;
    this.w = m.w;
    this.boot = m.boots;
    this.prng = m.prng.fork();
    this.life = ++m.life;
    boolean toldForThisBoot = m.journalBoot != m.boots && m.nextStart != null;
    if (m.journalBoot != m.boots) {
      StartMode word = m.nextStart;
      if (word != null) {
        w.cover.hit("a word for this boot counts");
        if (word == StartMode.AUTO) {
          w.offlines.wordForBoot(m);
        }
        m.startMode = word;
        m.nextStart = null;
      }
      m.running = m.startMode == StartMode.AUTO;
      m.bootedHeld = m.startMode == StartMode.HELD;
      m.journalBoot = m.boots;
    }
    Pulse.Times times =
        new Pulse.Times(
            w.o.timing.heartbeat(),
            w.o.timing.suspect(),
            w.o.timing.leaseTtl(),
            SelfFence.budget(w.o.fencing),
            w.o.timing.agentView());
    this.node =
        new ClusterNode(
            m.name,
            m.role(),
            ControlWorld.GROUP,
            times,
            w.o.fencing,
            m.running || m.witness,
            m.local());
    node.life(life);
    if (toldForThisBoot) {
      node.toldToRun();
    }
    if (!m.running && m.startMode == StartMode.HELD) {
      w.cover.hit("booted in backup mode");
      m.held = true;
      node.heldByBackup();
    }
    this.last = node.state();
    this.store = w.consensus.boot(m.voter);
    w.clock.tell(m.name, "service begins life " + life);
  }

  void begin() {
    ClusterMachine machine =
        new ClusterMachine(
            ControlWorld.GROUP,
            (at, proposal, state, verdict) -> {
              w.judge.applied(m, at, proposal, state, verdict);
              post(new NodeEvent.Applied(at, proposal, state, verdict));
            });
    boolean known = store.local().contains(ControlWorld.GROUP);
    boolean first = !known && m.name.equals(w.o.members.getFirst());
    log =
        known
            ? store.open(ControlWorld.GROUP, machine)
            : first
                ? store.create(ControlWorld.GROUP, machine)
                : store.join(ControlWorld.GROUP, machine);
    post(new NodeEvent.Tick());
    voters();
    watchAgent();
  }

  // ---- process

  boolean still() {
    return m.still() || w.now() < stillUntil;
  }

  /** The process alone stands still, as with SIGSTOP. */
  void pause(long nanos) {
    stillUntil = Math.max(stillUntil, w.now() + nanos);
    w.consensus.pause(m.voter.id(), stillUntil - w.now());
    w.clock.tell(m.name, "service stands still for " + nanos / 1_000_000 + " ms");
    w.judge.serviceDied(m);
  }

  void kill() {
    dead = true;
    w.consensus.crash(m.voter.id());
    w.clock.tell(m.name, "SERVICE DIES");
  }

  /** Does it in so much of this machine's time, when the process goes on; never, if it is dead. */
  void after(long localNanos, Runnable task) {
    w.clock.after(m.real(localNanos), () -> when(task));
  }

  private void when(Runnable task) {
    if (dead || m.boots != boot) {
      return;
    }
    if (still()) {
      w.clock.after(Math.max(m.stillUntil, stillUntil) - w.now(), () -> when(task));
    } else {
      task.run();
    }
  }

  // ---- events

  void post(NodeEvent event) {
    if (!dead) {
      inbox.add(event);
      after(prng.below(200_000), this::next);
    }
  }

  private void next() {
    NodeEvent event = inbox.poll();
    if (event != null) {
      step(event);
    }
  }

  private void step(NodeEvent event) {
    w.cover.hit("event", event);
    List<NodeEffect> effects = node.step(m.local(), w.now() / 1_000_000, event);
    int crash = crashAt(effects);
    if (node.mayFeed()) {
      if (m.things.acting().isEmpty()) {
        m.disarm();
      } else {
        m.feed();
      }
    }
    for (int i = 0; i < effects.size() && !dead; i++) {
      carryOut(effects.get(i));
      if (i == crash && !dead) {
        w.cover.hit("crash after", effects.get(i));
        m.crashService();
      }
    }
    if (dead) {
      return;
    }
    if (!node.state().equals(last)) {
      last = node.state();
      changed();
    }
    arm();
  }

  /** After which effect the process dies, seldom; -1: after none. Tasks are few, and count more. */
  private int crashAt(List<NodeEffect> effects) {
    if (w.calm || effects.isEmpty() || w.o.crashInStep == 0) {
      return -1;
    }
    for (int i = 0; i < effects.size(); i++) {
      if (effects.get(i) instanceof NodeEffect.Run && prng.chance(10 * w.o.crashInStep)) {
        return i;
      }
    }
    return prng.chance(w.o.crashInStep) ? prng.below(effects.size()) : -1;
  }

  private void arm() {
    long mine = ++ticks;
    long late = w.o.timerLate == 0 ? 0 : prng.below((int) w.o.timerLate);
    w.clock.after(
        m.untilLocal(node.deadline()) + late,
        () ->
            when(() -> {
              if (mine == ticks) {
                step(new NodeEvent.Tick());
              }
            }));
  }

  // ---- effects

  private void carryOut(NodeEffect effect) {
    w.cover.hit("effect", effect);
    switch (effect) {
      case NodeEffect.SendBeat e -> beat(BeatCodec.encode(e.beat()));
      case NodeEffect.SendAnswer e -> {
        byte[] bytes = BeatCodec.encode(e.answer());
        toOther(e.to(), s -> s.post(new NodeEvent.BeatAnswered(BeatCodec.answer(bytes))));
      }
      case NodeEffect.Propose e -> propose(e.number(), e.command());
      case NodeEffect.Run e -> run(e);
      case NodeEffect.Look e -> look(e.monitor());
      case NodeEffect.RunScript e ->
          after(
              prng.exponential(30_000_000L),
              () -> post(new NodeEvent.ScriptEnded(e.monitor().name(), prng.chance(0.5))));
      case NodeEffect.Act e -> act(e);
      case NodeEffect.LastResort e -> m.reset("last resort");
      case NodeEffect.Tell e -> tell(e.notice());
      case NodeEffect.Reply e -> {
        Consumer<Verdict> answer = asked.remove(e.id());
        if (answer != null) {
          answer.accept(e.verdict());
        }
      }
    }
  }

  private void tell(Notice notice) {
    w.cover.hit("tell/" + notice.code());
    if (notice.code().equals("node.final-action") || notice.code().equals("node.monitor-rung")) {
      w.people.noticed(this, notice);
    }
    if (notice.code().equals("node.monitor-rung")) {
      rung(String.valueOf(notice.args().getFirst().value()));
    }
    if (w.clock.tells()) {
      w.clock.tell(m.name, "says " + notice);
    }
  }

  /** Between two rungs of a ladder lies at least its first pause, or a time of good health. */
  private void rung(String monitor) {
    ClusterConfig c = node.config();
    Monitor known = c == null ? null : c.monitor(monitor).orElse(null);
    if (known == null) {
      return;
    }
    Rung before = rungs.put(monitor, new Rung(known, m.local()));
    // A final action is told of twice, once as the rung and once as the reason.
    boolean again = before != null && before.at() == m.local();
    if (before != null && !again && before.monitor().equals(known)) {
      long pause = Math.min(known.ladder().backOff(), known.ladder().resetAfter());
      Judge.check(
          m.local() - before.at() >= pause,
          Judge.LADDER,
          monitor,
          " takes two rungs in ",
          (m.local() - before.at()) / 1_000_000,
          " ms");
    }
  }

  private void beat(byte[] bytes) {
    if (config == null) {
      return;
    }
    for (String other : w.o.members) {
      if (!other.equals(m.name)) {
        toOther(other, s -> s.post(new NodeEvent.Beat(BeatCodec.beat(bytes))));
      }
    }
  }

  private void toOther(String other, Consumer<Service> what) {
    w.net.send(
        ControlNet.Net.CONTROL,
        m.name,
        other,
        () -> {
          Service s = w.machine(other).service;
          if (s != null && !s.dead) {
            what.accept(s);
          }
        });
  }

  private void run(NodeEffect.Run e) {
    Resource r = e.task().definition();
    if (w.clock.tells()) {
      w.clock.tell(m.name, e.task().act() + " " + r.name());
    }
    m.things.run(this, e.group(), r, e.task(), this::post);
  }

  private void look(Monitor monitor) {
    ClusterState known = node.state();
    Judge.check(
        !known.suspension().on() && !known.backup().on(),
        Judge.RULE + 12,
        m.name,
        " knows that all is at rest, and ",
        monitor.name(),
        " looks");
    String target = monitor.target();
    after(
        prng.exponential(20_000_000L),
        () -> {
          boolean lies = !w.calm && prng.chance(w.o.monitorLies);
          boolean well = (target == null || m.things.well(target)) && !lies;
          Notice said = Notice.of(ClusterNotice.DONE);
          post(new NodeEvent.Looked(monitor.name(), well, said));
        });
  }

  private void act(NodeEffect.Act e) {
    w.cover.hit("act/" + e.action());
    switch (e.action()) {
      case NONE, STOP_GROUP, STOP_SERVICE -> {}
      case REBOOT, RESET, POWER_OFF -> m.reset("final action " + e.action().word());
    }
  }

  // ---- proposals, as the process puts them

  private void propose(long number, Command command) {
    w.cover.hit("propose", command);
    if (w.clock.tells()) {
      w.clock.tell(m.name, "proposes #" + number + " " + brief(command));
    }
    byte[] bytes =
        ProposalCodec.encode(new Proposal(m.name, life, number, w.now() / 1_000_000, command));
    propose(number, bytes, 1);
  }

  static String brief(Command command) {
    String text = command.toString();
    return text.length() > 150 ? text.substring(0, 150) + "…" : text;
  }

  private void propose(long number, byte[] bytes, int attempt) {
    ConsensusLog to = log;
    if (to == null) {
      post(new NodeEvent.Answered(number, null));
      return;
    }
    to.propose(
        bytes,
        PROPOSAL_NANOS,
        outcome -> {
          w.cover.hit("outcome", outcome);
          if (outcome instanceof Outcome.Applied applied) {
            post(new NodeEvent.Answered(number, ProposalCodec.verdict(applied.result())));
          } else if (attempt < PROPOSAL_TRIES) {
            propose(number, bytes, attempt + 1);
          } else {
            w.cover.hit("nobody knows what became of a proposal");
            post(new NodeEvent.Answered(number, null));
          }
        });
  }

  /** Somebody wants a command carried out. */
  void ask(Command command, Consumer<Verdict> answer) {
    long id = ++ids;
    asked.put(id, answer);
    post(new NodeEvent.Ask(id, command));
  }

  void serve(boolean run, Consumer<Verdict> answer) {
    long id = ++ids;
    asked.put(id, answer);
    w.offlines.word(m, run);
    post(new NodeEvent.Serve(id, run));
  }

  // ---- what the process does around the node

  private void changed() {
    pushRecord();
    ServerState me = last.server(m.name);
    if (me != null) {
      if (m.startMode != me.startMode()) {
        m.nextStart = null; // a word from before this decision
      }
      m.startMode = me.startMode();
      // One that was admitted and has not said yet that it runs is not one that was stopped.
      m.running = (me.running() && node.serves()) || (me.left() && m.running);
      // Once it has heard that servers are shut down, its own end is its start.
      m.held &= !node.serves() && !last.backup().offline();
      // Backup mode ended while it was not to start by itself: from then on it waits for a word.
      m.held &= last.backup().on() || me.startMode() == StartMode.AUTO;
    }
    if (last.config().version() != configRead && last.config().version() > 0) {
      configRead = last.config().version();
      readConfig(configRead, w.book.page(last.config().text()));
    }
  }

  private void readConfig(long version, ClusterConfig next) {
    boolean first = config == null;
    after(
        first ? prng.exponential(50_000_000L) : 1_000_000,
        () -> {
          if (version != configRead) {
            return;
          }
          boolean begins = config == null;
          config = next;
          Set<String> found = new HashSet<>();
          for (Group g : next.groups()) {
            for (Resource r : g.resources()) {
              if (begins && !m.witness && m.things.found(r)) {
                w.cover.hit("found running");
                found.add(r.name());
              }
            }
          }
          configured = true;
          post(new NodeEvent.Configured(version, next, found));
        });
  }

  private void voters() {
    ConsensusLog l = log;
    if (l != null) {
      Set<String> names = new HashSet<>();
      l.membership().voters().forEach(v -> names.add(v.id().substring(0, v.id().indexOf('#'))));
      if (!names.equals(votersTold)) {
        votersTold = names;
        post(new NodeEvent.Voters(names));
      }
      if (!reconfiguring) {
        reconfiguring = w.people.addVoter(l, last, () -> reconfiguring = false);
      }
    }
    after(VOTERS_NANOS, this::voters);
  }

  private void watchAgent() {
    ReplicaModel agent = m.agent;
    if (agent != null) {
      after(
          prng.exponential(2_000_000L),
          () -> {
            post(agent.view());
            pushRecord();
            after(LOOK_NANOS, this::watchAgent);
          });
    }
  }

  private void pushRecord() {
    DiskState disk = last.disks().get(ConfigBook.DISK);
    ReplicaModel agent = m.agent;
    if (agent != null && disk != null && node.fresh()) {
      agent.told(disk.record());
    }
  }

  /** The agent of this server wants its record changed; false as the answer: not so. */
  void decide(SetRecord next) {
    ask(new Command.DecideSet(ConfigBook.DISK, next), verdict -> {});
  }
}
