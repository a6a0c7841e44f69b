// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.mirror.Effect;
import io.meikyo.core.mirror.Effect.Status;
import io.meikyo.core.partition.Payload;
import io.meikyo.sim.disk.TokenPayload;
import io.meikyo.sim.oracle.Registers;
import io.meikyo.sim.oracle.Version;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The device and its application on one server: it runs from the moment when the agent says that it
 * is the active until it is told to stop or the agent dies. In a partition two of them may run at
 * once, and the oracle hears of both.
 */
final class FrontEnd {
  /** With more versions of a block than this, the application flushes before it writes again. */
  private static final int CROWD_MAX = 28;

  /** With more than this not even a resent write is sent. */
  private static final int CROWD_FULL = 60;

  private final World w;
  private final Server server;
  private final Prng prng;
  private final int[] hot;
  private @Nullable Agent agent;
  private long okCount;

  FrontEnd(World w, Server server, Prng prng) {
    this.w = w;
    this.server = server;
    this.prng = prng;
    // The hot blocks are the same on every server: the application moves, its habits do not.
    Prng same = new Prng(w.seed ^ 0x686f74);
    hot = new int[w.o.hotBlocks];
    for (int i = 0; i < hot.length; i++) {
      hot[i] = same.below((int) w.o.geometry.blocks());
    }
  }

  /** The agent became the active: the device is here. */
  void start(Agent a) {
    if (!a.alive) {
      return;
    }
    agent = a;
    okCount = 0;
    w.tell(server.name, "application starts");
    for (Request dead : w.backlog.take()) {
      w.cover.hit("request sent again");
      send(a, dead.again(w.id()));
    }
    pump();
  }

  void stop() {
    if (agent != null) {
      w.tell(server.name, "application stops");
    }
    agent = null;
  }

  boolean runs() {
    return agent != null && agent.alive;
  }

  long okCount() {
    return okCount;
  }

  /** The agent is dead: its unanswered requests are undecided for ever. */
  void agentDied(Agent a) {
    Registers reg = w.registers;
    reg.tick();
    for (Request r : a.requests.values()) {
      for (Version v : r.versions) {
        reg.undecided(v);
      }
      if (w.o.resend && r.changes() && agent == a && !r.outside) {
        w.backlog.add(r);
      }
    }
    a.requests.clear();
    if (agent == a) {
      agent = null;
    }
  }

  private void pump() {
    Agent a = agent;
    if (a == null || !a.alive || w.controller.loadOff()) {
      return;
    }
    if (a.requests.size() < w.o.queueDepth) {
      issue(a);
    }
    w.after(prng.exponential(w.o.thinkMean), new Pump(a));
  }

  private final class Pump extends Task {
    private final Agent a;

    Pump(Agent a) {
      this.a = a;
    }

    @Override
    void run() {
      if (agent == a) {
        pump();
      }
    }

    @Override
    int code() {
      return 99;
    }
  }

  private void issue(Agent a) {
    SwarmOptions o = w.o;
    Agent to = a;
    if (o.strayShare > 0 && prng.chance(o.strayShare)) {
      Agent other = w.servers[prng.below(o.replicas)].agent;
      if (other != null && other.alive) {
        to = other;
        w.cover.hit("request to a server that is not the active's");
      }
    }
    if (prng.chance(0.001)) {
      outside(to);
      return;
    }
    double x = prng.fraction();
    if (x < o.flushShare) {
      send(to, new Request(w.id(), Request.Kind.FLUSH, 0, 0, false, false, null));
      return;
    }
    int blocks = (int) o.geometry.blocks();
    int count = 1 + prng.below(o.requestBlocksMax);
    int start = prng.chance(o.hotShare) ? hot[prng.below(hot.length)] : prng.below(blocks);
    start = Math.min(start, blocks - count);
    if (prng.chance(o.readShare)) {
      send(to, new Request(w.id(), Request.Kind.READ, start, count, false, false, null));
      return;
    }
    if (crowded(start, count, CROWD_MAX)) {
      send(to, new Request(w.id(), Request.Kind.FLUSH, 0, 0, false, false, null));
      return;
    }
    boolean fua = prng.chance(o.fuaShare);
    double y = prng.fraction();
    if (y < o.discardShare) {
      send(to, new Request(w.id(), Request.Kind.DISCARD, start, count, false, false, null));
    } else if (y < o.discardShare + o.zeroShare) {
      boolean unmap = prng.chance(0.5);
      send(to, new Request(w.id(), Request.Kind.ZERO, start, count, fua, unmap, null));
    } else {
      long[] tokens = new long[count];
      long id = w.id();
      for (int i = 0; i < count; i++) {
        tokens[i] = id << 8 | i;
      }
      TokenPayload p = new TokenPayload(tokens);
      send(to, new Request(w.id(), Request.Kind.WRITE, start, count, fua, false, p));
    }
  }

  private boolean crowded(int start, int count, int limit) {
    for (int b = start; b < start + count; b++) {
      if (w.registers.crowd(b) > limit) {
        return true;
      }
    }
    return false;
  }

  private void outside(Agent to) {
    int blocks = (int) w.o.geometry.blocks();
    Request r = new Request(w.id(), Request.Kind.READ, blocks - 1, 2, false, false, null);
    r.outside = true;
    send(to, r);
  }

  /** Asks for something in particular, when the application itself is silent. */
  Request ask(Agent a, Request r) {
    send(a, r);
    return r;
  }

  private void send(Agent a, Request r) {
    if (r.changes() && crowded(r.start, r.count, CROWD_FULL)) {
      return;
    }
    Registers reg = w.registers;
    r.sent = reg.tick();
    r.sentNanos = w.now;
    if (r.changes()) {
      Version[] v = new Version[r.count];
      for (int i = 0; i < r.count; i++) {
        long token = r.payload == null ? 0 : r.payload.token(i);
        v[i] = reg.sent(r.start + i, token, r.kind == Request.Kind.DISCARD);
      }
      r.versions = v;
    }
    a.requests.put(r.id, r);
    a.deliver(prng.exponential(2_000), r.event());
  }

  /** The one answer to a request. */
  void answered(Agent a, Effect.Reply e) {
    Request r = a.requests.remove(e.request());
    if (r == null) {
      World.check(false, 0, "a request was answered twice or was never sent: " + e.request());
      return;
    }
    Registers reg = w.registers;
    reg.tick();
    if (e.status() == Status.OUT_OF_RANGE || r.outside) {
      World.check(
          r.outside && e.status() != Status.OK, 0, "answered " + e.status() + " to " + Words.of(r));
      w.cover.hit("reply/OUT_OF_RANGE");
      return;
    }
    if (e.status() == Status.IO_ERROR) {
      w.cover.hit("reply/IO_ERROR");
      for (Version v : r.versions) {
        reg.undecided(v);
      }
      return;
    }
    w.setLaws.served(a, r);
    okCount++;
    switch (r.kind) {
      case WRITE, ZERO, DISCARD -> {
        for (Version v : r.versions) {
          reg.acknowledged(v, r.fua);
        }
        w.setLaws.acknowledged(r);
      }
      case READ -> returned(r, e.payload());
      case FLUSH -> {
        reg.flushed(r.sent);
        w.setLaws.flushed(r);
      }
    }
  }

  private void returned(Request r, @Nullable Payload payload) {
    World.check(
        payload instanceof TokenPayload t && t.count() == r.count,
        0,
        "a read was answered without its bytes");
    if (payload instanceof TokenPayload t) {
      for (int i = 0; i < r.count; i++) {
        int block = r.start + i;
        long token = t.token(i);
        int holders = 0;
        for (Server s : w.servers) {
          if (s.disk.visible(block) == token) {
            holders |= 1 << s.id;
          }
        }
        w.registers.read(block, token, r.sent, holders);
      }
    }
  }

  /** Requests that it waits for, of all kinds. */
  List<Request> unanswered() {
    Agent a = server.agent;
    return a == null ? List.of() : new ArrayList<>(a.requests.values());
  }
}
