// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.link.Frame;
import io.meikyo.core.mirror.Event;
import org.jspecify.annotations.Nullable;

/**
 * The network between two servers: at most one connection at a time, made again by itself. Side 0
 * is the server with the lower number.
 */
final class Link {
  /** Frames of former connections that may turn up in a later one. */
  private static final int OLD = 8;

  final World w;
  final Server[] servers;
  final Prng prng;
  @Nullable Connection connection;
  private boolean tryScheduled;
  private long cutUntil;
  private final @Nullable Frame[][] old = new Frame[2][OLD];
  private final int[] oldNext = new int[2];

  Link(World w, Server a, Server b, Prng prng) {
    this.w = w;
    this.servers = new Server[] {a, b};
    this.prng = prng;
  }

  int sideOf(Server s) {
    return s == servers[0] ? 0 : 1;
  }

  String name() {
    return servers[0].name + "-" + servers[1].name;
  }

  void remember(int to, Frame f) {
    old[to][oldNext[to]++ & OLD - 1] = f;
  }

  /** No new connection until then. */
  void cutUntil(long instant) {
    cutUntil = Math.max(cutUntil, instant);
  }

  void healCuts() {
    cutUntil = 0;
    Connection c = connection;
    if (c != null) {
      c.heal();
    }
  }

  boolean isCut() {
    return w.now < cutUntil;
  }

  void tryLater() {
    if (!tryScheduled) {
      tryScheduled = true;
      w.after(prng.exponential(1_500_000), new Task.Call(this::tryNow));
    }
  }

  private void tryNow() {
    tryScheduled = false;
    Agent a = servers[0].agent;
    Agent b = servers[1].agent;
    Connection c = connection;
    if (c != null && !c.endsGone()) {
      c.noticeDeadEnds();
      if (c.dead) {
        tryLater();
      }
      return;
    }
    connection = null;
    if (a == null || b == null || !a.attached() || !b.attached()) {
      // An agent that attaches tries again.
      return;
    }
    if (w.now < cutUntil || a.standsStill() || b.standsStill()) {
      tryLater();
      return;
    }
    Connection fresh = new Connection(this, a, b);
    connection = fresh;
    w.cover.hit("connection");
    for (int side = 0; side < 2; side++) {
      fresh.up(side, w.now + prng.exponential(w.o.linkMean * 2));
    }
    if (!w.calm && prng.chance(w.o.oldFrames)) {
      inject(fresh);
    }
  }

  private void inject(Connection c) {
    for (int n = prng.between(1, 3); n > 0; n--) {
      int to = prng.below(2);
      Frame f = old[to][prng.below(OLD)];
      if (f != null) {
        w.after(
            prng.exponential(w.o.linkMean * 10),
            () -> {
              if (connection == c && !c.dead) {
                w.cover.hit("frame of an old connection");
                c.deliverOld(to, f);
              }
            });
      }
    }
  }

  void agentDied(Agent a, boolean power) {
    Connection c = connection;
    if (c != null && c.has(a)) {
      c.endDied(a, power);
    }
  }

  // ---- faults

  void reset() {
    Connection c = connection;
    if (c != null && !c.dead) {
      w.tell(name(), "connection reset");
      c.reset();
    }
  }

  /** Messages to the sides of the mask vanish for a while, then the connection is gone. */
  void cut(int sideMask, long nanos) {
    w.tell(name(), "network cut " + (sideMask == 3 ? "both ways" : "to side " + sideMask));
    cutUntil(w.now + nanos);
    Connection c = connection;
    if (c != null && !c.dead) {
      c.swallow(sideMask);
      w.after(
          nanos,
          () -> {
            if (connection == c && !c.dead) {
              c.reset();
            }
          });
      if (prng.chance(0.5)) {
        // TCP gives up before the network comes back.
        w.after(
            prng.exponential(nanos / 2.0),
            () -> {
              if (connection == c && !c.dead) {
                c.reset();
              }
            });
      }
    }
  }

  void stall(int side, long nanos) {
    Connection c = connection;
    if (c != null && !c.dead) {
      w.tell(name(), "messages to " + servers[side].name + " wait " + nanos / 1000 + "us");
      c.stall(side, w.now + nanos);
    }
  }

  /** A task that tells an agent of the link. */
  static AgentTask tell(Agent agent, Event e, Runnable first) {
    return new AgentTask(agent) {
      @Override
      void perform() {
        first.run();
        agent.step(e);
      }
    };
  }
}
