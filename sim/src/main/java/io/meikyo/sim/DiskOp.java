// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.mirror.Effect;
import io.meikyo.core.mirror.Event;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.Hash;
import io.meikyo.sim.disk.DataDisk;
import io.meikyo.sim.disk.MetaStore;
import io.meikyo.sim.disk.TokenPayload;
import org.jspecify.annotations.Nullable;

/**
 * An operation of a disk in flight. It takes effect at one instant (each block of it whole), and is
 * reported then or a little later. Its agent may die before either: the kernel still has it.
 */
final class DiskOp extends Task {
  /** What it does. */
  enum Kind {
    WRITE,
    READ,
    FLUSH,
    META
  }

  final Server server;
  final Agent agent;
  final long op;
  final Kind kind;
  int start;
  int count;
  boolean fua;
  boolean wantHash;
  @Nullable TokenPayload payload;
  long flushInstant;
  MetaStore.@Nullable Pending pending;
  @Nullable Effect metaEffect;

  /** It will end with an error. */
  boolean fails;

  /** It will take effect in some of its blocks only. */
  boolean torn;

  /** It was given up: nothing more happens. */
  boolean cancelled;

  boolean landed;
  int place;
  private @Nullable TokenPayload got;
  private @Nullable Hash hash;

  DiskOp(Server server, Agent agent, long op, Kind kind) {
    this.server = server;
    this.agent = agent;
    this.op = op;
    this.kind = kind;
  }

  @Override
  int code() {
    return 50 + server.id * 4 + (fua ? 1 : 0) + (wantHash ? 2 : 0);
  }

  @Override
  void run() {
    if (cancelled) {
      return;
    }
    if (!landed) {
      landed = true;
      land();
      long later = server.reportDelay();
      if (later > 0 && agent.alive) {
        server.w.after(later, this);
        return;
      }
    }
    server.gone(this);
    if (agent.alive) {
      TokenPayload bytes = got;
      Hash h = hash;
      if (agent.postpone(new Report(agent, new Event.DiskDone(op, !fails, bytes, h)))) {
        return;
      }
      agent.step(new Event.DiskDone(op, !fails, bytes, h));
    }
  }

  private static final class Report extends AgentTask {
    private final Event event;

    Report(Agent agent, Event event) {
      super(agent);
      this.event = event;
    }

    @Override
    void perform() {
      agent.step(event);
    }
  }

  private void land() {
    switch (kind) {
      case WRITE -> write(fails || torn);
      case READ -> read();
      case FLUSH -> {
        if (!fails) {
          server.disk.flush(flushInstant);
        }
      }
      case META -> {
        if (pending != null && !fails) {
          Condition before = server.meta.superblock().condition();
          pending.end();
          server.conditionWas(before);
        }
      }
    }
  }

  private void write(boolean someBlocksOnly) {
    DataDisk d = server.disk;
    boolean repair = payload != null && payload.isRepair();
    for (int i = 0; i < count; i++) {
      if (someBlocksOnly && server.prng.chance(0.5)) {
        continue;
      }
      long token = payload == null ? 0 : payload.token(i);
      if (fua) {
        d.writeThrough(start + i, token);
      } else {
        d.write(start + i, token);
      }
      if (repair && agent.alive) {
        server.w.setLaws.repaired(server, start + i, token);
      }
    }
  }

  private void read() {
    if (fails) {
      return;
    }
    long[] tokens = new long[count];
    long[] visible = server.disk.visible();
    System.arraycopy(visible, start, tokens, 0, count);
    got = new TokenPayload(tokens);
    if (wantHash) {
      hash = TokenPayload.hash(visible, start, count);
    }
  }

  /** The power goes while it is in flight. */
  void powerLoss() {
    cancelled = true;
    if (landed) {
      return;
    }
    if (kind == Kind.WRITE) {
      write(true);
    } else if (kind == Kind.META && pending != null) {
      if (pending.tear(server.prng)) {
        server.w.cover.hit("torn at power loss", metaEffect == null ? this : metaEffect);
      }
    }
  }
}
