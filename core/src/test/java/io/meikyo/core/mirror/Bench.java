// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

import io.meikyo.core.partition.CutStatus;
import io.meikyo.core.partition.Geometry;
import io.meikyo.core.partition.Hash;
import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.LoadedPartition;
import io.meikyo.core.partition.LogTransaction;
import io.meikyo.core.partition.MapPage;
import io.meikyo.core.partition.Payload;
import io.meikyo.core.partition.Superblock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * A work bench for hand-written scenarios: some replicas with obedient disks, links that can be
 * cut, and an authority that answers when told to. No fault happens by itself; that is the
 * simulator's business.
 */
final class Bench {
  static final long MS = 1_000_000;
  static final Geometry GEOMETRY = new Geometry(512, 64, 4, 8, 3, 64);

  record Tokens(long[] values) implements Payload {}

  /** One server with its replica. */
  final class Node {
    final int id;
    MirrorEngine engine;
    final long[] disk = new long[(int) GEOMETRY.blocks()];
    Superblock superblock;
    LogTransaction log = LogTransaction.EMPTY;
    final long[][] maps = new long[MapPage.MAPS][GEOMETRY.pages() * GEOMETRY.wordsPerPage()];
    long bootId = 1;
    final Map<Long, long[]> snapshots = new HashMap<>();
    final ArrayDeque<Event> inbox = new ArrayDeque<>();
    final List<Effect> log_ = new ArrayList<>();
    final Map<Long, Effect.Reply> replies = new HashMap<>();
    final Map<Long, Effect.CommandDone> commands = new HashMap<>();
    long wake = Long.MAX_VALUE;
    boolean dead = true;
    final Map<Long, Payload> history = new HashMap<>();
    long[] kept;
    boolean diskStalls;

    /** Digests are not computed until {@link #digest}. */
    boolean digestStalls;

    private long digestOf;
    final List<Event> stalled = new ArrayList<>();

    Node(int id) {
      this.id = id;
      superblock = Superblock.blank(identity(id), GEOMETRY);
      engine = null;
    }

    void start() {
      dead = false;
      EngineConfig config =
          new EngineConfig(
              identity(id),
              GEOMETRY,
              (1 << nodes.size()) - 1 & ~(1 << id),
              asyncMask,
              EngineConfig.Times.standard(),
              limits,
              pace);
      engine = new MirrorEngine(config, () -> ++entropy * 0x9E3779B97F4A7C15L);
      List<long[]> loaded = new ArrayList<>();
      for (long[] m : maps) {
        loaded.add(m.clone());
      }
      inbox.add(new Event.Attach(new LoadedPartition(superblock, log, loaded), bootId, 1, record));
    }

    void kill() {
      dead = true;
      inbox.clear();
      stalled.clear();
      wake = Long.MAX_VALUE;
      for (Node n : nodes) {
        if (n != this && linked[id][n.id]) {
          linked[id][n.id] = false;
          linked[n.id][id] = false;
          n.give(new Event.LinkDown(id));
        }
      }
    }

    void give(Event e) {
      if (!dead) {
        inbox.add(e);
      }
    }

    boolean step() {
      Event e = inbox.poll();
      if (e == null || dead) {
        return false;
      }
      List<Effect> effects = new ArrayList<>();
      engine.step(now, e, effects::add);
      effects.forEach(this::carryOut);
      return true;
    }

    /** The last one that was asked for. */
    void digest() {
      Hash hash = new Hash(Arrays.hashCode(snapshots.get(digestOf)), 9);
      give(new Event.DigestComputed(digestOf, hash));
    }

    void unstall() {
      diskStalls = false;
      stalled.forEach(this::give);
      stalled.clear();
    }

    private void done(long op, Payload p, Hash h) {
      Event e = new Event.DiskDone(op, true, p, h);
      if (diskStalls) {
        stalled.add(e);
      } else {
        give(e);
      }
    }

    private void carryOut(Effect effect) {
      log_.add(effect);
      switch (effect) {
        case Effect.DiskWrite w -> {
          System.arraycopy(((Tokens) w.payload()).values(), 0, disk, (int) w.start(), w.count());
          done(w.op(), null, null);
        }
        case Effect.DiskZero z -> {
          Arrays.fill(disk, (int) z.start(), (int) z.start() + z.count(), 0);
          done(z.op(), null, null);
        }
        case Effect.DiskRead d -> {
          long[] v = Arrays.copyOfRange(disk, (int) d.start(), (int) d.start() + d.count());
          done(d.op(), new Tokens(v), new Hash(Arrays.hashCode(v), 7));
        }
        case Effect.DiskFlush f -> done(f.op(), null, null);
        case Effect.WriteSuperblock s -> {
          superblock = s.superblock();
          done(s.op(), null, null);
        }
        case Effect.WriteLog l -> {
          log = l.transaction();
          done(l.op(), null, null);
        }
        case Effect.WriteMapPage m -> {
          int n = GEOMETRY.wordsPerPage();
          System.arraycopy(m.page().words(), 0, maps[m.page().map()], m.page().page() * n, n);
          done(m.op(), null, null);
        }
        case Effect.Send s -> {
          if (linked[id][s.peer()]) {
            nodes.get(s.peer()).give(new Event.Received(id, s.frame()));
          }
        }
        case Effect.CloseLink c -> {
          linked[id][c.peer()] = false;
          linked[c.peer()][id] = false;
          nodes.get(c.peer()).give(new Event.LinkDown(id));
        }
        case Effect.Propose p -> {
          if (authorityUp) {
            boolean fits =
                p.next().groupId() == record.groupId()
                    && (p.next().version() == record.version() + 1
                        || p.next().proposalId() == record.proposalId());
            boolean waits = fits && RestoredPair.is(record, p.next()) && !asked(id, p.next());
            if (waits) {
              give(new Event.Proposed(p.proposalId(), Event.Outcome.UNKNOWN, record));
              return;
            }
            if (fits) {
              record = p.next();
            }
            give(
                new Event.Proposed(
                    p.proposalId(),
                    fits ? Event.Outcome.COMMITTED : Event.Outcome.REJECTED,
                    record));
            for (Node n : nodes) {
              if (n != this) {
                n.give(new Event.RecordSeen(record));
              }
            }
          }
        }
        case Effect.Reply y -> {
          if (replies.put(y.request(), y) != null) {
            throw new AssertionError("answered twice: " + y);
          }
        }
        case Effect.CommandDone c -> {
          if (commands.put(c.command(), c) != null) {
            throw new AssertionError("answered twice: " + c);
          }
        }
        case Effect.TakeSnapshot t -> {
          snapshots.put(t.cutId(), disk.clone());
          give(new Event.SnapshotTaken(t.cutId(), true));
        }
        case Effect.ComputeDigest d -> {
          digestOf = d.cutId();
          if (!digestStalls) {
            digest();
          }
        }
        case Effect.Wake w -> wake = Math.min(wake, w.atNanos());
        case Effect.HistoryAppend h -> {
          history.put(h.write(), h.payload());
          done(h.op(), null, null);
        }
        case Effect.HistoryRead h -> done(h.op(), history.get(h.write()), null);
        case Effect.HistoryTrim h -> history.remove(h.write());
        case Effect.KeepConsistentCopy k -> {
          kept = disk.clone();
          done(k.op(), null, null);
        }
        case Effect.DropConsistentCopy _ -> kept = null;
        case Effect.Tell _, Effect.HoldChanged _, Effect.CutKnown _ -> {}
      }
    }

    long write(long start, long... values) {
      long request = ++requests;
      give(new Event.Write(request, start, values.length, false, new Tokens(values)));
      return request;
    }

    long read(long start, int count) {
      long request = ++requests;
      give(new Event.Read(request, start, count));
      return request;
    }

    long command(java.util.function.LongFunction<Event> make) {
      long command = ++requests;
      give(make.apply(command));
      return command;
    }

    boolean ok(long request) {
      Effect.Reply y = replies.get(request);
      return y != null && y.status() == Effect.Status.OK;
    }

    boolean done(long command) {
      Effect.CommandDone c = commands.get(command);
      return c != null && c.ok();
    }

    Say why(long command) {
      Effect.CommandDone c = commands.get(command);
      return c == null ? Say.NOTHING : c.why();
    }

    long[] answer(long request) {
      return ((Tokens) replies.get(request).payload()).values();
    }
  }

  final List<Node> nodes = new ArrayList<>();
  final boolean[][] linked;
  final boolean[][] cut;
  SetRecord record = SetRecord.initial(77);
  boolean authorityUp = true;
  int asyncMask;
  EngineConfig.Limits limits = EngineConfig.Limits.standard();
  EngineConfig.Pace pace = EngineConfig.Pace.standard();
  long now = 1_000 * MS;
  long requests;
  private long entropy = 1;
  private SetRecord pair;
  private int askedBy;

  Bench(int replicas) {
    linked = new boolean[replicas][replicas];
    cut = new boolean[replicas][replicas];
    for (int i = 0; i < replicas; i++) {
      nodes.add(new Node(i));
    }
  }

  static Identity identity(int replica) {
    return new Identity(new UUID(1, 2), new UUID(3, 4), replica);
  }

  Node node(int i) {
    return nodes.get(i);
  }

  void cut(int a, int b, boolean off) {
    cut[a][b] = off;
    cut[b][a] = off;
    if (off && linked[a][b]) {
      linked[a][b] = false;
      linked[b][a] = false;
      node(a).give(new Event.LinkDown(b));
      node(b).give(new Event.LinkDown(a));
    }
  }

  /** Lets simulated time pass; links that are not cut come back after 10 ms. */
  void run(long millis) {
    long end = now + millis * MS;
    while (true) {
      boolean any = true;
      while (any) {
        any = false;
        for (Node n : nodes) {
          any |= n.step();
        }
      }
      TreeMap<Long, Runnable> next = new TreeMap<>();
      for (Node n : nodes) {
        if (!n.dead && n.wake < Long.MAX_VALUE) {
          next.put(
              Math.max(n.wake, now),
              () -> {
                n.wake = Long.MAX_VALUE;
                n.give(new Event.Tick());
              });
        }
      }
      if (unlinked()) {
        next.put(now + 10 * MS, this::link);
      }
      if (next.isEmpty() || next.firstKey() > end) {
        now = end;
        return;
      }
      now = next.firstKey();
      next.firstEntry().getValue().run();
    }
  }

  /** True if now every replica that it names has asked for it. */
  private boolean asked(int by, SetRecord next) {
    if (!next.equals(pair)) {
      pair = next;
      askedBy = 0;
    }
    askedBy |= 1 << by;
    return (askedBy & next.inSyncMask()) == next.inSyncMask();
  }

  private boolean unlinked() {
    for (Node a : nodes) {
      for (Node b : nodes) {
        if (a.id < b.id && mayLink(a, b)) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean mayLink(Node a, Node b) {
    return !linked[a.id][b.id] && !cut[a.id][b.id] && !a.dead && !b.dead;
  }

  private void link() {
    for (Node a : nodes) {
      for (Node b : nodes) {
        if (a.id < b.id && mayLink(a, b)) {
          linked[a.id][b.id] = true;
          linked[b.id][a.id] = true;
          a.give(new Event.LinkUp(b.id));
          b.give(new Event.LinkUp(a.id));
        }
      }
    }
  }

  /** All up, replica 0 active, all in sync. */
  static Bench inSync(int replicas) {
    return new Bench(replicas).begin();
  }

  Bench begin() {
    Bench b = this;
    b.nodes.forEach(Node::start);
    b.run(100);
    b.node(0).command(c -> new Event.Activate(c, false));
    b.run(2000);
    return b;
  }

  CutStatus cutStatus() {
    return record.cutStatus();
  }
}
