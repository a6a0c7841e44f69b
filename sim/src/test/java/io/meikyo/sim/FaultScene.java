// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.meikyo.core.link.Message.FollowMode;
import io.meikyo.core.mirror.Effect;
import io.meikyo.core.mirror.Effect.Status;
import io.meikyo.core.mirror.EngineConfig;
import io.meikyo.core.mirror.Event;
import io.meikyo.core.mirror.MirrorStatus;
import io.meikyo.core.mirror.Role;
import io.meikyo.core.mirror.Say;
import io.meikyo.sim.cover.Coverage;
import io.meikyo.sim.disk.TokenPayload;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A cluster of two in which nothing goes wrong by itself: one fault comes when the script says so.
 * Loads, speeds, time limits and geometry differ from seed to seed.
 */
final class FaultScene {
  static final long MS = SwarmOptions.MS;
  private static final long PATIENCE = 4_000 * MS;

  /** What is promised of a write when the fault comes. */
  enum Write {
    ACKNOWLEDGED,
    FLUSHED
  }

  final World w;
  final Prng prng;
  final FaultLedger ledger;
  final Coverage cover = new Coverage();

  /** What was seen and said since the fault: names of the script, and "active: NOTICE". */
  final Set<String> seen = new TreeSet<>();

  private final Map<Long, Effect.Reply> reads = new HashMap<>();
  private Map<String, Long> coveredBefore = new TreeMap<>();
  private boolean listening;
  private final List<BooleanSupplier> ends = new ArrayList<>();

  /** The servers as they were at the fault. */
  Server active;

  Server standby;

  FaultScene(long seed, Replica.Maker maker) {
    w = new World(seed, (config, entropy) -> new Watched(maker, config, entropy), cover, NO_STORY);
    prng = new Prng(seed * 31 + 7);
    ledger = new FaultLedger(w, prng.fork());
    active = w.servers[0];
    standby = w.servers[1];
  }

  private static final Story NO_STORY = new Story(0);

  /** The table is about two replicas that are mirrored synchronously. */
  static boolean fits(long seed) {
    SwarmOptions o = new SwarmOptions(new Prng(seed).fork());
    return o.replicas == 2 && o.asyncMask == 0;
  }

  // ---- before the fault

  /** Both in sync, the load runs. */
  void begin() {
    w.calm = true;
    w.controller.load(false);
    w.begin();
    await("in sync at the beginning", this::whole);
    ledger.load(true);
  }

  /** The moment of the fault: so many writes are acknowledged; if wanted, and flushed. */
  void reach(Write write) {
    int more = prng.between(10, 100);
    int goal = ledger.acknowledged + more;
    await("writes are acknowledged", () -> ledger.acknowledged >= goal);
    if (write == Write.FLUSHED) {
      await("an active", () -> serving() != null);
      int before = ledger.flushed;
      long flush = ledger.flush(serving());
      await("the flush is answered", () -> !ledger.waits(flush));
      assertThat(ledger.flushed).isGreaterThan(before);
      ledger.assertDurable(w.servers[0]);
      ledger.assertDurable(w.servers[1]);
    }
    if (prng.chance(0.7)) {
      // Others are under way or follow it.
      w.run(prng.below(60));
    }
    await("in sync at the moment of the fault", this::whole);
    if (write == Write.FLUSHED) {
      ledger.flushesToo();
    }
    designate();
    coveredBefore = covered();
    listening = true;
  }

  /** Who is who now. */
  void designate() {
    int id = w.authority.record().active();
    active = w.servers[id];
    standby = w.servers[1 - id];
  }

  private Map<String, Long> covered() {
    Map<String, Long> sum = new TreeMap<>();
    cover.addTo(sum);
    return sum;
  }

  /**
   * How often something was counted since the fault; {@code name} may be the beginning of names.
   */
  long counted(String name) {
    long n = 0;
    for (Map.Entry<String, Long> e : covered().entrySet()) {
      if (e.getKey().startsWith(name)) {
        n += e.getValue() - coveredBefore.getOrDefault(e.getKey(), 0L);
      }
    }
    return n;
  }

  void saw(boolean really, String what) {
    if (really) {
      seen.add(what);
    }
  }

  /** The fault is over when all of these hold. */
  void isOver(BooleanSupplier when) {
    ends.add(when);
  }

  void awaitEnd() {
    await("the fault is over", () -> ends.stream().allMatch(BooleanSupplier::getAsBoolean));
  }

  // ---- time

  void await(String what, BooleanSupplier holds) {
    long end = w.now + PATIENCE;
    while (!holds.getAsBoolean()) {
      assertThat(w.now).as("still not after a long time: " + what + state()).isLessThan(end);
      w.step();
    }
  }

  void pass(long nanos) {
    long end = w.now + nanos;
    await("time passes", () -> w.now >= end);
  }

  private String state() {
    StringBuilder b = new StringBuilder("; ").append(Words.of(w.authority.record()));
    for (Server s : w.servers) {
      b.append("; ").append(s.name).append(' ');
      b.append(s.agent == null ? "no agent" : s.agent.status().toString());
    }
    return b.append("; seen ").append(seen).toString();
  }

  // ---- the cluster

  /** The replica that serves the application now. */
  @Nullable Agent serving() {
    Agent a = w.controller.healthyActive();
    return a != null && a.status().role() == Role.ACTIVE && w.fronts[a.server.id].runs() ? a : null;
  }

  /** Both are in sync and follow each other, and nothing is being decided. */
  boolean whole() {
    Agent a = serving();
    if (a == null || w.authority.record().inSyncMask() != 3 || w.authority.undecided() > 0) {
      return false;
    }
    MirrorStatus.Peer p = a.status().peers().getFirst();
    return p.connected() && p.inSync() && p.mode() != FollowMode.NONE;
  }

  /** Asks a replica to lead, as a controller would that sees nothing of the fault. */
  void activate(Server s, Consumer<Effect.CommandDone> then) {
    Agent a = s.agent;
    if (a == null) {
      return;
    }
    long id = w.id();
    a.command(
        new Event.Activate(id, false),
        id,
        done -> {
          then.accept(done);
          if (done.ok() && a.alive) {
            w.fronts[s.id].start(a);
          }
        });
  }

  /** The application reads the whole disk from whoever is active. */
  long[] readAll() {
    long[] got = new long[w.servers[0].disk.blocks()];
    for (int b = 0; b < got.length; b += w.o.requestBlocksMax) {
      int count = Math.min(w.o.requestBlocksMax, got.length - b);
      TokenPayload p = read(b, count);
      for (int i = 0; i < count; i++) {
        got[b + i] = p.token(i);
      }
    }
    return got;
  }

  private TokenPayload read(int start, int count) {
    for (int tries = 0; tries < 200; tries++) {
      await("somebody serves", () -> serving() != null);
      Agent a = serving();
      Request r = new Request(w.id(), Request.Kind.READ, start, count, false, false, null);
      w.fronts[a.server.id].ask(a, r);
      await("a read is answered", () -> reads.containsKey(r.id) || serving() != a);
      Effect.Reply e = reads.get(r.id);
      if (e != null && e.status() == Status.OK && e.payload() instanceof TokenPayload p) {
        return p;
      }
      pass(MS);
    }
    throw new AssertionError("reads are refused again and again" + state());
  }

  // ---- what is heard

  private void hear(int replica, Say say, List<Object> args) {
    if (listening) {
      String who = replica == active.id ? "active: " : "standby: ";
      seen.add(who + say);
      if (say == Say.MET) {
        seen.add(who + "MET_" + args.get(0));
      }
    }
  }

  /** The engine, and an ear. */
  private final class Watched implements Replica {
    private final Replica inner;
    private final int replica;

    Watched(Maker maker, EngineConfig config, LongSupplier entropy) {
      inner = maker.make(config, entropy);
      replica = config.identity().replica();
    }

    @Override
    public MirrorStatus status() {
      return inner.status();
    }

    @Override
    public void step(long now, Event event, Consumer<Effect> out) {
      inner.step(
          now,
          event,
          e -> {
            out.accept(e);
            if (e instanceof Effect.Tell t) {
              hear(replica, t.say(), t.args());
            } else if (e instanceof Effect.CommandDone c) {
              hear(replica, c.why(), List.of());
            } else if (e instanceof Effect.Reply r) {
              ledger.answered(r);
              if (r.payload() != null || r.status() != Status.OK) {
                reads.put(r.request(), r);
              }
            }
          });
    }
  }
}
