// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.link.Frame;
import io.meikyo.core.link.Message;
import io.meikyo.core.mirror.Event;
import io.meikyo.sim.disk.TokenPayload;
import org.jspecify.annotations.Nullable;

/**
 * One connection between two lives of agents: a queue per direction that keeps its order, like TCP,
 * and the ways in which it ends. Arrays are by receiving side.
 */
final class Connection {
  private static final long NEVER = Long.MAX_VALUE;

  final Link link;
  final Agent[] ends;

  /** One end has closed it or is gone: the other will learn of it some time. */
  boolean dead;

  /** The end that said here that it now holds everything. */
  @Nullable Agent recovered;

  private final long[] upAt = {0, 0};
  private final long[] downAt = {NEVER, NEVER};
  private final boolean[] downTold = {false, false};
  private final long[] last = {0, 0};
  private final long[] stalledUntil = {0, 0};
  private final boolean[] swallow = {false, false};

  Connection(Link link, Agent a, Agent b) {
    this.link = link;
    this.ends = new Agent[] {a, b};
  }

  boolean has(Agent a) {
    return ends[0] == a || ends[1] == a;
  }

  private int sideOf(Agent a) {
    return ends[0] == a ? 0 : 1;
  }

  Agent other(Agent a) {
    return ends[1 - sideOf(a)];
  }

  private int peerOf(int side) {
    return ends[1 - side].server.id;
  }

  // ---- begin

  void up(int side, long at) {
    upAt[side] = at;
    Agent a = ends[side];
    link.w.at(
        at,
        new AgentTask(a) {
          @Override
          void perform() {
            a.connections[peerOf(side)] = Connection.this;
            a.step(new Event.LinkUp(peerOf(side)));
          }
        });
  }

  // ---- messages

  void send(Agent from, Frame f) {
    World w = link.w;
    int to = 1 - sideOf(from);
    Message body = f.body();
    if (body instanceof Message.Follow follow && ends[to].alive) {
      w.setLaws.follow(from.server, ends[to].server, follow.mode());
    }
    if (body instanceof Message.RecoveredAck) {
      recovered = from;
    }
    link.remember(to, f);
    if (swallow[to]) {
      return;
    }
    SwarmOptions o = w.o;
    double mean = o.linkMean;
    if (!w.calm && o.linkTailShare > 0 && link.prng.chance(o.linkTailShare)) {
      mean *= 50;
    }
    long at = w.now + link.prng.exponential(mean);
    at = Math.max(Math.max(at, last[to] + 1), Math.max(upAt[to] + 1, stalledUntil[to]));
    last[to] = at;
    if (!w.calm && o.frameLoss > 0 && link.prng.chance(o.frameLoss)) {
      w.cover.hit("frame lost");
      w.tell(link.name(), "LOST " + f.body().getClass().getSimpleName());
      return;
    }
    w.at(at, new Delivery(this, to, f));
    if (!w.calm && o.frameTwice > 0 && link.prng.chance(o.frameTwice)) {
      w.cover.hit("frame twice");
      last[to] = at + 1;
      w.at(at + 1, new Delivery(this, to, f));
    }
  }

  void deliverOld(int to, Frame f) {
    long at = Math.max(link.w.now, upAt[to]) + 1;
    link.w.at(Math.max(at, last[to] + 1), new Delivery(this, to, f));
  }

  private static final class Delivery extends AgentTask {
    private final Connection connection;
    private final int side;
    private final Frame frame;

    Delivery(Connection c, int side, Frame frame) {
      super(c.ends[side]);
      this.connection = c;
      this.side = side;
      this.frame = frame;
    }

    @Override
    boolean arrives() {
      return at < connection.downAt[side] && !connection.swallow[side];
    }

    @Override
    void perform() {
      int peer = connection.peerOf(side);
      if (agent.connections[peer] != connection) {
        return;
      }
      Message body = frame.body();
      if (body instanceof Message.Repair r && r.payload() instanceof TokenPayload t) {
        t.markRepair();
      }
      connection.link.w.cover.hit("received", body);
      agent.step(new Event.Received(peer, frame));
    }
  }

  // ---- end

  /** The side will be told at that time, after all that arrives before it. */
  private void down(int side, long at) {
    if (downTold[side]) {
      return;
    }
    World w = link.w;
    long when = Math.max(Math.max(at, w.now), upAt[side] + 1);
    if (when >= downAt[side]) {
      return;
    }
    downAt[side] = when;
    Agent a = ends[side];
    w.at(
        when,
        new AgentTask(a) {
          @Override
          void perform() {
            int peer = peerOf(side);
            if (!downTold[side]) {
              downTold[side] = true;
              if (a.connections[peer] == Connection.this) {
                a.connections[peer] = null;
                a.step(new Event.LinkDown(peer));
              }
              link.tryLater();
            }
          }
        });
  }

  void reset() {
    dead = true;
    World w = link.w;
    for (int side = 0; side < 2; side++) {
      down(side, w.now + link.prng.exponential(w.o.linkMean * 4));
    }
    link.tryLater();
  }

  void closedBy(Agent a, Message.Parting why) {
    World w = link.w;
    int side = sideOf(a);
    w.cover.hit("closed/" + why);
    a.connections[peerOf(side)] = null;
    downTold[side] = true;
    downAt[side] = w.now;
    dead = true;
    int o = 1 - side;
    if (!swallow[o]) {
      down(o, Math.max(last[o] + 1, w.now + link.prng.exponential(w.o.linkMean)));
    }
    link.tryLater();
  }

  void endDied(Agent a, boolean power) {
    World w = link.w;
    int side = sideOf(a);
    downTold[side] = true;
    dead = true;
    int o = 1 - side;
    if (power) {
      // What was on the wire may arrive; nobody says that the end is gone.
      if (link.prng.chance(0.3)) {
        down(o, w.now + link.prng.exponential(30 * SwarmOptions.MS));
      }
    } else if (!swallow[o]) {
      down(o, Math.max(last[o] + 1, w.now + link.prng.exponential(w.o.linkMean)));
    }
    link.tryLater();
  }

  /** True if no agent that lives takes it for standing. */
  boolean endsGone() {
    return gone(0) && gone(1);
  }

  private boolean gone(int side) {
    return !ends[side].alive || downTold[side];
  }

  /** A new connection is wanted: who still holds a dead one is told now. */
  void noticeDeadEnds() {
    if (dead && !link.isCut()) {
      for (int side = 0; side < 2; side++) {
        if (!gone(side)) {
          down(side, link.w.now + 1);
        }
      }
    }
  }

  void swallow(int sideMask) {
    swallow[0] |= (sideMask & 1) != 0;
    swallow[1] |= (sideMask & 2) != 0;
  }

  void stall(int side, long until) {
    stalledUntil[side] = until;
  }

  void heal() {
    stalledUntil[0] = 0;
    stalledUntil[1] = 0;
    if (!dead && (swallow[0] || swallow[1])) {
      reset();
    }
  }
}
