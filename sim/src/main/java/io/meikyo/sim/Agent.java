// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.link.Message;
import io.meikyo.core.mirror.Effect;
import io.meikyo.core.mirror.EngineConfig;
import io.meikyo.core.mirror.Event;
import io.meikyo.core.mirror.HoldState;
import io.meikyo.core.mirror.MirrorStatus;
import io.meikyo.core.mirror.Say;
import io.meikyo.core.mirror.SetRecord;
import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.Superblock;
import io.meikyo.sim.disk.TokenPayload;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One life of the mirror agent of one server: an engine and its edges. It carries out the effects
 * in their order, and may be killed after any of them.
 */
final class Agent implements Consumer<Effect> {
  final World w;
  final Server server;
  final long life;
  final Replica engine;
  final Prng prng;
  boolean alive = true;

  /** The partitions are not this server's own: nothing may be written (law 7). */
  final boolean foreign;

  /** Connections that stand, by peer, as this agent knows them. */
  final @Nullable Connection[] connections = new Connection[Identity.REPLICAS_MAX];

  /** Requests that it has not answered. */
  final Map<Long, Request> requests = new LinkedHashMap<>();

  final Map<Long, CommandCall> commands = new HashMap<>();
  final SnapshotStore snapshots;

  /** Epoch in which the authority made this life the active; 0 if never. */
  long activeEpoch;

  HoldState hold = HoldState.NONE;
  long holdId;

  /** Buffers in which payloads lie. */
  final Memory memory = new Memory();

  private final History history = new History(this);
  private final ArrayDeque<AgentTask> waiting = new ArrayDeque<>();
  private long standsStillUntil;
  long stoodStillLast;
  private @Nullable Wake timer;
  private long newestRecord = -1;
  private long effectsToCrash;
  private boolean attached;

  /** It has said that writes go on although the flag may still be up somewhere (law 5 wins). */
  private boolean voidLate;

  private boolean dying;
  private String dyingAfter = "";
  boolean forcing;

  /** What to do when a command is answered. */
  interface CommandCall {
    void done(Effect.CommandDone answer);
  }

  Agent(Server server, Prng prng, boolean foreign) {
    this.w = server.w;
    this.server = server;
    this.prng = prng;
    this.foreign = foreign;
    this.life = w.id();
    int peers = ((1 << w.o.replicas) - 1) & ~(1 << server.id);
    EngineConfig config =
        new EngineConfig(
            w.identity(server.id),
            w.o.geometry,
            peers,
            w.o.asyncMask,
            w.o.times,
            w.o.limits,
            w.o.pace);
    this.snapshots = new SnapshotStore(this);
    Prng entropy = prng.fork();
    this.engine = w.maker.make(config, entropy::next);
    this.effectsToCrash =
        w.calm || w.o.effectCrashMean == 0 ? -1 : prng.exponential(w.o.effectCrashMean);
  }

  // ---- what reaches it

  /** True if it stands still; the task is kept for later. */
  boolean postpone(AgentTask t) {
    if (w.now < standsStillUntil || !waiting.isEmpty()) {
      waiting.addLast(t);
      return true;
    }
    return false;
  }

  boolean standsStill() {
    return w.now < standsStillUntil;
  }

  void standStill(long nanos) {
    standsStillUntil = w.now + nanos;
    stoodStillLast = standsStillUntil;
    w.at(standsStillUntil, new Task.Call(this::goOn));
  }

  private void goOn() {
    while (alive && !waiting.isEmpty() && w.now >= standsStillUntil) {
      waiting.removeFirst().perform();
    }
  }

  void deliver(long delay, Event e) {
    w.after(delay, new AgentTask.Deliver(this, e));
  }

  /** A record of the authority; the edge never lets it go back. */
  void record(long delay, SetRecord r) {
    w.after(
        delay,
        new AgentTask(this) {
          @Override
          void perform() {
            if (r.version() > newestRecord) {
              newestRecord = r.version();
              step(new Event.RecordSeen(r));
            }
          }
        });
  }

  long newestRecord() {
    return newestRecord;
  }

  /** Its partitions are read; from now on it is connected and told of records. */
  void attach(long delay, Event.Attach e) {
    w.after(
        delay,
        new AgentTask(this) {
          @Override
          void perform() {
            attached = true;
            newestRecord = e.record() == null ? -1 : e.record().version();
            step(e);
            for (Server peer : w.servers) {
              if (peer != server) {
                w.links[server.id][peer.id].tryLater();
              }
            }
          }
        });
  }

  /** The first event was given. */
  boolean attached() {
    return attached;
  }

  long command(Event e, long command, CommandCall call) {
    commands.put(command, call);
    deliver(prng.exponential(50_000), e);
    return command;
  }

  void step(Event e) {
    if (!alive) {
      return;
    }
    w.cover.hit("event", e);
    if (w.story.on()) {
      w.tell(server.name, "<- " + Words.of(e));
    }
    Event lent = memory.lend(e);
    engine.step(server.local(w.now), lent, this);
    memory.stepped();
    if (dying) {
      w.cover.hit(dyingAfter);
      server.killAgent("crashed after " + dyingAfter);
    }
  }

  MirrorStatus status() {
    return engine.status();
  }

  // ---- what it wants

  @Override
  public void accept(Effect effect) {
    if (dying) {
      return;
    }
    if (w.story.on() && !(effect instanceof Effect.Wake)) {
      w.tell(server.name, "      -> " + Words.of(effect));
    }
    w.cover.hit("effect", effect);
    memory.check(effect);
    boolean rare = carryOut(effect);
    if (w.calm) {
      return;
    }
    if (--effectsToCrash == 0 || (rare && prng.chance(crashChance(effect)))) {
      dying = true;
      dyingAfter = "crash after/" + effect.getClass().getSimpleName();
    }
  }

  /**
   * Returns true if this kind of effect is rare, and so a crash after it worth trying more often.
   */
  private boolean carryOut(Effect effect) {
    return switch (effect) {
      case Effect.DiskWrite e -> {
        mayTouch(true);
        TokenPayload bytes = (TokenPayload) e.payload();
        snapshots.write(
            e.start(),
            e.count(),
            () -> server.write(this, e.op(), e.start(), e.count(), e.fua(), bytes));
        yield false;
      }
      case Effect.Send e -> {
        Connection c = connections[e.peer()];
        Message body = e.frame().body();
        w.cover.hit("sent", body);
        RestoreTale tale = w.tale;
        if (tale != null && (body instanceof Message.Compare || body instanceof Message.Repair)) {
          tale.copies(this);
        }
        if (c != null) {
          c.send(this, e.frame());
        }
        yield false;
      }
      case Effect.Reply e -> {
        w.fronts[server.id].answered(this, e);
        yield false;
      }
      case Effect.DiskRead e -> {
        mayTouch(false);
        server.read(this, e.op(), e.start(), e.count(), e.hash());
        yield false;
      }
      case Effect.DiskZero e -> {
        mayTouch(true);
        snapshots.write(
            e.start(),
            e.count(),
            () -> server.write(this, e.op(), e.start(), e.count(), e.fua(), null));
        yield false;
      }
      case Effect.DiskFlush e -> {
        mayTouch(false);
        server.flush(this, e.op());
        yield false;
      }
      case Effect.Wake e -> {
        wake(e.atNanos());
        yield false;
      }
      case Effect.WriteLog e -> {
        mayTouch(false);
        server.meta(this, e.op(), server.meta.begin(e), e);
        yield false;
      }
      case Effect.WriteSuperblock e -> {
        mayTouch(false);
        server.meta(this, e.op(), server.meta.begin(e), e);
        yield true;
      }
      case Effect.WriteMapPage e -> {
        mayTouch(false);
        server.meta(this, e.op(), server.meta.begin(e), e);
        yield true;
      }
      case Effect.CloseLink e -> {
        Connection c = connections[e.peer()];
        if (c != null) {
          c.closedBy(this, e.why());
        }
        yield true;
      }
      case Effect.Propose e -> {
        w.authority.propose(this, e.proposalId(), e.next());
        yield true;
      }
      case Effect.CommandDone e -> {
        CommandCall call = commands.remove(e.command());
        World.check(call != null, 0, "a command was answered twice or was never given: " + e);
        if (call != null) {
          w.cover.hit((e.ok() ? "command done/" : "command refused/") + e.why());
          w.after(prng.exponential(100_000), () -> call.done(e));
        }
        yield true;
      }
      case Effect.Tell e -> {
        covered(e);
        yield false;
      }
      case Effect.HoldChanged e -> {
        hold = e.state();
        holdId = e.holdId();
        w.cover.hit("hold/" + e.state());
        w.holdLaws.changed(this, e);
        yield true;
      }
      case Effect.CutKnown e -> {
        w.cover.hit("cut/" + e.status());
        w.holdLaws.known(this, e);
        yield true;
      }
      case Effect.TakeSnapshot e -> {
        server.snapshot(this, e.cutId());
        yield true;
      }
      case Effect.ComputeDigest e -> {
        snapshots.digest(e);
        yield true;
      }
      case Effect.HistoryAppend e -> {
        history.append(e);
        yield false;
      }
      case Effect.HistoryRead e -> {
        history.read(e);
        yield false;
      }
      case Effect.HistoryTrim e -> {
        history.trim(e);
        yield false;
      }
      case Effect.KeepConsistentCopy e -> {
        server.keepCopy(this, e.op());
        yield true;
      }
      case Effect.DropConsistentCopy _ -> {
        server.dropCopy();
        yield true;
      }
    };
  }

  /** Effects of a cut are the rarest of all, and what they begin must survive a crash best. */
  private double crashChance(Effect effect) {
    boolean ofCut =
        effect instanceof Effect.TakeSnapshot
            || effect instanceof Effect.CutKnown
            || effect instanceof Effect.ComputeDigest;
    if (ofCut && w.o.effectCrashMean > 0) {
      return 0.08;
    }
    return w.o.rareEffectCrash * (hold == HoldState.NONE ? 1 : 5);
  }

  private void covered(Effect.Tell e) {
    voidLate |= e.say() == Say.VOID_NOT_EVERYWHERE;
    if (!e.args().isEmpty() && e.args().get(0) instanceof Enum<?> first) {
      w.cover.hit("tell/" + e.say() + "/" + first.name());
    } else {
      w.cover.hit("tell/" + e.say());
    }
  }

  private static boolean looksLikeImage(Superblock s) {
    CutStatus status = s.cut().status();
    return s.backup().flagOn() && (status == CutStatus.PROVEN || status == CutStatus.UNPROVEN);
  }

  private void mayTouch(boolean userData) {
    if (foreign) {
      World.check(false, 7, server.name + " used partitions that are not its own");
    }
    if (userData
        && (hold == HoldState.HELD || hold == HoldState.CUTTING || hold == HoldState.CUT)) {
      World.check(false, 5, server.name + " wrote to its data partition in a hold: " + hold);
    }
    RestoreTale tale = w.tale;
    if (userData && tale != null) {
      tale.touched(this, "writes data");
    }
    if (userData && !voidLate && looksLikeImage(server.meta.superblock())) {
      World.check(false, 6, server.name + " writes while its partition still says image (R11)");
    }
  }

  /** One timer, as an edge has it: the earliest instant counts; one that is due fires anyway. */
  private void wake(long local) {
    long instant = Math.max(w.now, server.toSim(local));
    Wake armed = timer;
    if (armed != null && armed.instant > w.now) {
      if (instant >= armed.instant) {
        return;
      }
      armed.cancelled = true;
    }
    timer = new Wake(this, instant);
    w.at(instant + prng.exponential(w.o.tickLateMean), timer);
  }

  private static final class Wake extends AgentTask {
    private final long instant;
    private boolean cancelled;

    Wake(Agent agent, long instant) {
      super(agent);
      this.instant = instant;
    }

    @Override
    boolean arrives() {
      return !cancelled;
    }

    @Override
    void perform() {
      if (agent.timer == this) {
        agent.timer = null;
      }
      agent.step(new Event.Tick());
    }
  }
}
