// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import static org.assertj.core.api.Assertions.fail;

import io.meikyo.core.mirror.Effect;
import io.meikyo.core.mirror.Effect.Status;
import io.meikyo.sim.disk.TokenPayload;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An application that keeps its own book, simpler than the simulator's: it never has two writes of
 * one block under way, and writes a block no more once it does not know what became of a write. So
 * the writes of each block stand in one line, and what a read may return is a part of that line.
 */
final class FaultLedger {
  /**
   * A block with more writes since the last flush is left alone (see the front end's own limit).
   */
  private static final int CROWD = 40;

  private final World w;
  private final Prng prng;
  private final Line[] lines;
  private final Map<Long, Pending> pending = new LinkedHashMap<>();
  private final int depth;
  private final double think;
  private boolean on;

  /** Share of flushes among the requests, and of FUA among the writes. */
  private double flushes;

  private long token;
  int acknowledged;
  int flushed;

  /** A request without an answer; a flush: what each block had when it was sent. */
  private record Pending(Request request, Agent to, long[] before, int[] boots) {

    /** Its power was on without a break since the request was sent, and it is a member. */
    boolean holds(Server s) {
      return s.powered && s.boots == boots[s.id] && s.w.authority.record().inSync(s.id);
    }
  }

  /** The writes of a block in their order; the first is durable, all that came later are not. */
  private static final class Line {
    final List<Long> tokens = new ArrayList<>(List.of(0L));
    long acknowledged;
    boolean busy;
    boolean doubtful;

    List<Long> sinceAcknowledged() {
      return tokens.subList(tokens.indexOf(acknowledged), tokens.size());
    }

    void durable(long t) {
      int i = tokens.indexOf(t);
      if (i > 0) {
        tokens.subList(0, i).clear();
      }
    }
  }

  FaultLedger(World w, Prng prng) {
    this.w = w;
    this.prng = prng;
    lines = new Line[(int) w.o.geometry.blocks()];
    for (int i = 0; i < lines.length; i++) {
      lines[i] = new Line();
    }
    depth = Math.max(1, Math.min(w.o.queueDepth, lines.length / (4 * w.o.requestBlocksMax)));
    think = Math.min(w.o.thinkMean, 600_000);
  }

  // ---- load

  void load(boolean go) {
    if (go && !on) {
      on = true;
      w.after(1, this::pump);
    }
    on = go;
  }

  void flushesToo() {
    flushes = 0.1;
  }

  private void pump() {
    if (!on) {
      return;
    }
    w.after(1 + prng.exponential(think), this::pump);
    buryTheDead();
    Agent a = w.controller.healthyActive();
    if (a == null || !w.fronts[a.server.id].runs() || pending.size() >= depth) {
      return;
    }
    if (prng.chance(flushes)) {
      flush(a);
    } else {
      write(a, prng.chance(flushes));
    }
  }

  private void write(Agent a, boolean fua) {
    int count = 1 + prng.below(w.o.requestBlocksMax);
    int start = prng.below(lines.length - count + 1);
    for (int b = start; b < start + count; b++) {
      if (lines[b].busy || lines[b].doubtful || w.registers.crowd(b) > CROWD) {
        return;
      }
    }
    long[] tokens = new long[count];
    for (int i = 0; i < count; i++) {
      tokens[i] = ++token << 8 | 0xff;
      lines[start + i].tokens.add(tokens[i]);
      lines[start + i].busy = true;
    }
    TokenPayload p = new TokenPayload(tokens);
    send(a, new Request(w.id(), Request.Kind.WRITE, start, count, fua, false, p), tokens);
  }

  /** Returns its number. */
  long flush(Agent a) {
    long[] before = new long[lines.length];
    for (int b = 0; b < lines.length; b++) {
      before[b] = lines[b].acknowledged;
    }
    return send(a, new Request(w.id(), Request.Kind.FLUSH, 0, 0, false, false, null), before);
  }

  private long send(Agent a, Request r, long[] before) {
    int[] boots = {w.servers[0].boots, w.servers[1].boots};
    pending.put(r.id, new Pending(r, a, before, boots));
    w.fronts[a.server.id].ask(a, r);
    return r.id;
  }

  /** Requests of an agent that died are answered no more. */
  private void buryTheDead() {
    for (Iterator<Pending> i = pending.values().iterator(); i.hasNext(); ) {
      Pending p = i.next();
      if (!p.to.alive) {
        i.remove();
        doubt(p.request);
      }
    }
  }

  private void doubt(Request r) {
    for (int b = r.start; b < r.start + r.count; b++) {
      lines[b].busy = false;
      lines[b].doubtful = true;
    }
  }

  boolean waits(long request) {
    buryTheDead();
    return pending.containsKey(request);
  }

  /** Nobody owes an answer, but those that stand still or are gone. */
  boolean quiet() {
    buryTheDead();
    for (Server s : w.servers) {
      Agent a = s.agent;
      if (a != null && !a.standsStill() && !a.requests.isEmpty()) {
        return false;
      }
    }
    return true;
  }

  // ---- answers

  void answered(Effect.Reply e) {
    Pending p = pending.remove(e.request());
    if (p == null) {
      return;
    }
    Request r = p.request;
    if (e.status() != Status.OK) {
      doubt(r);
    } else if (r.kind == Request.Kind.FLUSH) {
      flushed++;
      for (int b = 0; b < lines.length; b++) {
        lines[b].durable(p.before[b]);
      }
      assertDurableOnMembers(p);
    } else {
      acknowledged++;
      for (int i = 0; i < r.count; i++) {
        Line l = lines[r.start + i];
        l.busy = false;
        l.acknowledged = p.before[i];
        if (r.fua) {
          l.durable(p.before[i]);
        }
      }
      assertWrittenOnMembers(p);
    }
  }

  // ---- what is promised

  /** What was acknowledged stands on every member, be it in caches. */
  private void assertWrittenOnMembers(Pending p) {
    Request r = p.request;
    for (Server s : w.servers) {
      for (int b = r.start; b < r.start + r.count && p.holds(s); b++) {
        check(lines[b].sinceAcknowledged(), s.disk.visible(b), b, "acknowledged: cache of", s.name);
      }
    }
  }

  /** What was flushed would stand on every member after a loss of its power. */
  private void assertDurableOnMembers(Pending p) {
    for (Server s : w.servers) {
      if (p.holds(s)) {
        assertDurable(s);
      }
    }
  }

  void assertDurable(Server s) {
    for (int b = 0; b < lines.length; b++) {
      check(lines[b].tokens, s.disk.durable(b), b, "flushed: disk of", s.name);
    }
  }

  void assertAcknowledged(long[] read, String by) {
    for (int b = 0; b < lines.length; b++) {
      check(lines[b].sinceAcknowledged(), read[b], b, "acknowledged: read from", by);
    }
  }

  /** Returns how many blocks have lost something that was acknowledged. */
  int assertFlushed(long[] read, String by) {
    int lost = 0;
    for (int b = 0; b < lines.length; b++) {
      check(lines[b].tokens, read[b], b, "flushed: read from", by);
      if (!lines[b].sinceAcknowledged().contains(read[b])) {
        lost++;
      }
    }
    return lost;
  }

  private static void check(List<Long> allowed, long found, int block, String what, String where) {
    if (!allowed.contains(found)) {
      fail("%s %s, block %s: %x is none of %s", what, where, block, found, hex(allowed));
    }
  }

  private static List<String> hex(List<Long> tokens) {
    return tokens.stream().map(Long::toHexString).toList();
  }

  /** After a loss that is allowed: what was read is what counts from now on. */
  void believe(long[] read) {
    for (int b = 0; b < lines.length; b++) {
      Line l = lines[b];
      l.tokens.clear();
      l.tokens.add(read[b]);
      l.acknowledged = read[b];
      l.busy = false;
    }
    pending.clear();
  }

  /** Blocks of an image that are older than what was acknowledged. */
  int olderIn(long[] image) {
    int older = 0;
    for (int b = 0; b < lines.length; b++) {
      if (!lines[b].sinceAcknowledged().contains(image[b])) {
        older++;
      }
    }
    return older;
  }
}
