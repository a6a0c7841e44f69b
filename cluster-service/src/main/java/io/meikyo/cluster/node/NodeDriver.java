// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.node;

import io.meikyo.core.cluster.ClusterNode;
import io.meikyo.core.cluster.ClusterState;
import io.meikyo.core.cluster.Command;
import io.meikyo.core.cluster.Decision;
import io.meikyo.core.cluster.Health;
import io.meikyo.core.cluster.MonitorView;
import io.meikyo.core.cluster.NodeEffect;
import io.meikyo.core.cluster.NodeEvent;
import io.meikyo.core.cluster.Proposal;
import io.meikyo.core.cluster.ProposalCodec;
import io.meikyo.core.cluster.SelfFence;
import io.meikyo.core.cluster.Verdict;
import io.meikyo.core.consensus.ConsensusLog;
import io.meikyo.core.consensus.Outcome;
import io.meikyo.linux.BootTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The one thread of a node. Events may be posted by any thread; {@link #view} is what the node last
 * looked like, for any thread.
 */
public final class NodeDriver implements AutoCloseable {
  /** How long one proposal may take before it is put again under its number, ns. */
  private static final long PROPOSAL_NANOS = 1_500_000_000L;

  private static final int PROPOSAL_TRIES = 3;

  private final ClusterNode node;
  private final World world;
  private final String self;
  private final long life;
  private final LongSupplier wallMillis;
  private final LinkedBlockingQueue<NodeEvent> events = new LinkedBlockingQueue<>();
  private final Map<Long, CompletableFuture<Verdict>> asked = new ConcurrentHashMap<>();
  private final AtomicLong ids = new AtomicLong();
  private final Thread thread;
  private volatile @Nullable ConsensusLog log;
  private volatile boolean closed;
  private volatile long steppedAt = BootTime.nanos();
  private volatile boolean mayFeed;
  private volatile boolean serves;
  private volatile View view;

  /**
   * How a node looks: taken on its thread, for any thread.
   *
   * @param waiting per group, resources whose new definition waits for a restart
   * @param configVersion of the configuration that the node works with; 0 before the first
   * @param heardAt when each member's service was heard last, ns since boot
   * @param agentHears members whose mirror agents ours hears
   */
  public record View(
      ClusterState state,
      Map<String, Health> health,
      boolean leased,
      boolean fresh,
      SelfFence.Stage fence,
      Map<String, Decision> decisions,
      Map<String, Map<String, String>> resources,
      Map<String, List<String>> waiting,
      List<MonitorView> monitors,
      long configVersion,
      Map<String, Long> heardAt,
      Set<String> agentHears) {
    /** True if all members are heard, and what runs here may go on: nothing is to be decided. */
    public boolean isCalm() {
      return leased
          && fence == SelfFence.Stage.WHOLE
          && health.values().stream().allMatch(h -> h == Health.UP);
    }

    private View heard(Map<String, Long> at) {
      return new View(
          state,
          health,
          leased,
          fresh,
          fence,
          decisions,
          resources,
          waiting,
          monitors,
          configVersion,
          at,
          agentHears);
    }
  }

  /**
   * A driver that does nothing before {@link #begin}.
   *
   * @param life rises with each start of this member's service
   */
  public NodeDriver(
      ClusterNode node, World world, String self, long life, LongSupplier wallMillis) {
    this.node = node;
    this.world = world;
    this.self = self;
    this.life = life;
    this.wallMillis = wallMillis;
    this.view = look();
    this.thread = Thread.ofPlatform().name("cluster-node").unstarted(this::run);
  }

  /** Starts the thread. */
  public void begin() {
    thread.start();
  }

  /** The log that proposals go into from now on. */
  public void log(@Nullable ConsensusLog now) {
    log = now;
  }

  /** Posts an event. */
  public void post(NodeEvent event) {
    events.add(event);
  }

  /** What the node last looked like. */
  public View view() {
    return view;
  }

  /** True if the cluster service is to run on this server, by start mode or by word. */
  public boolean serves() {
    return serves;
  }

  /**
   * True if what runs here is known and may run, and the thread that sees to it is at work.
   *
   * @param patience longest time since its last step, ns
   */
  public boolean mayFeed(long patience) {
    return mayFeed && BootTime.nanos() - steppedAt < patience;
  }

  /** Proposes a command, and tells what became of it. */
  public CompletableFuture<Verdict> ask(Command command) {
    long id = ids.incrementAndGet();
    CompletableFuture<Verdict> answer = new CompletableFuture<>();
    asked.put(id, answer);
    post(new NodeEvent.Ask(id, command));
    return answer;
  }

  /** Starts or stops the cluster service on this server, and tells when that is so. */
  public CompletableFuture<Verdict> serve(boolean run) {
    long id = ids.incrementAndGet();
    CompletableFuture<Verdict> answer = new CompletableFuture<>();
    asked.put(id, answer);
    post(new NodeEvent.Serve(id, run));
    return answer;
  }

  private void run() {
    try {
      while (!closed) {
        long wait = node.deadline() - BootTime.nanos();
        NodeEvent event = wait <= 0 ? events.poll() : events.poll(wait, TimeUnit.NANOSECONDS);
        long still = steppedAt + Waking.STILL_NANOS;
        if (BootTime.nanos() > still) {
          for (NodeEvent e : Waking.events(event, still, Waking.PATIENCE_NANOS, events)) {
            step(e);
          }
        } else {
          step(event == null ? new NodeEvent.Tick() : event);
        }
      }
    } catch (InterruptedException e) {
      // Closed.
    } catch (RuntimeException | Error e) {
      // Without this thread no lease is kept and no group is stopped: the next life must do that.
      world.broken(e);
      throw e;
    }
  }

  private void step(NodeEvent event) {
    List<NodeEffect> effects = node.step(BootTime.nanos(), wallMillis.getAsLong(), event);
    steppedAt = BootTime.nanos();
    mayFeed = node.mayFeed();
    View before = view;
    View now = node.lookedAround() ? look() : before.heard(node.heardAt());
    serves = node.serves();
    view = now;
    effects.forEach(this::carryOut);
    if (!now.state().equals(before.state()) || now.fresh() != before.fresh()) {
      world.changed(now);
    }
  }

  private void carryOut(NodeEffect effect) {
    switch (effect) {
      case NodeEffect.SendBeat e -> world.beat(e.beat());
      case NodeEffect.SendAnswer e -> world.answer(e.to(), e.answer());
      case NodeEffect.Propose e -> propose(e.number(), e.command());
      case NodeEffect.Run e -> world.run(e.group(), e.task(), this::post);
      case NodeEffect.Look e -> world.look(e.monitor(), this::post);
      case NodeEffect.RunScript e -> world.script(e.monitor(), this::post);
      case NodeEffect.Act e -> world.act(e.action(), e.because());
      case NodeEffect.LastResort e -> world.lastResort(e.because());
      case NodeEffect.Tell e -> world.tell(e.notice());
      case NodeEffect.Reply e -> {
        CompletableFuture<Verdict> answer = asked.remove(e.id());
        if (answer != null) {
          answer.complete(e.verdict());
        }
      }
    }
  }

  private void propose(long number, Command command) {
    byte[] bytes =
        ProposalCodec.encode(new Proposal(self, life, number, wallMillis.getAsLong(), command));
    propose(number, bytes, 1);
  }

  /** Put again under the same number: the state remembers what it has done. */
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
          if (outcome instanceof Outcome.Applied applied) {
            post(new NodeEvent.Answered(number, ProposalCodec.verdict(applied.result())));
          } else if (attempt < PROPOSAL_TRIES && !closed) {
            propose(number, bytes, attempt + 1);
          } else {
            post(new NodeEvent.Answered(number, null));
          }
        });
  }

  private View look() {
    ClusterState state = node.state();
    Map<String, Health> health = new LinkedHashMap<>();
    state.servers().keySet().forEach(name -> health.put(name, node.health(name)));
    Map<String, Map<String, String>> resources = new LinkedHashMap<>();
    state
        .groups()
        .keySet()
        .forEach(name -> {
          var runner = node.runner(name);
          if (runner != null) {
            resources.put(name, runner.resources());
          }
        });
    return new View(
        state,
        health,
        node.leased(),
        node.fresh(),
        node.fenceStage(),
        node.decisions(),
        resources,
        node.waiting(),
        node.monitors(),
        node.configVersion(),
        node.heardAt(),
        node.agentHears());
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    asked.values().forEach(a -> a.cancel(false));
  }
}
