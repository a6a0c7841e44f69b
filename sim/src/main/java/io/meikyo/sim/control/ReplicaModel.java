// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.control;

import io.meikyo.core.cluster.NodeEvent;
import io.meikyo.core.mirror.SetRecord;
import io.meikyo.sim.Prng;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A mirror agent as the control plane sees it: a small model of the engine at the boundary where it
 * asks for changes of the in-sync set. Its data are one number, the last write that it holds; one
 * write is under way at a time, and is answered when all have it whose word is needed (law 3). What
 * disks and links do to data is judged with the engine itself, elsewhere.
 */
final class ReplicaModel {
  private enum Role {
    STANDBY,
    PROMOTING,
    ACTIVE,
    DEMOTING
  }

  private static final long ASK_AGAIN = 400_000_000L;

  private final Machine m;
  private final ControlWorld w;
  private final Prng prng;
  private final int self;
  private final int bit;

  // On its partition.
  private long have;
  private long activeEpoch = -1;
  private long syncedEpoch = -1;

  private final ReplicaHold still;

  // Of one life.
  private boolean alive;
  private long life;
  private long stillUntil;
  private Role role = Role.STANDBY;
  private @Nullable SetRecord record;
  private @Nullable SetRecord proposal;
  private boolean dropped;
  private long promiseUntil;
  private long pending;
  private final long[] heardAt;
  private final long[] leaseUntil;
  private final boolean[] follows;
  private final long[] confirmed;
  private final boolean[] syncing;

  ReplicaModel(Machine m, Prng prng) {
    this.m = m;
    this.w = m.w;
    this.prng = prng;
    this.self = m.replica;
    this.still = new ReplicaHold(this, w);
    this.bit = 1 << self;
    int n = w.o.replicas.size();
    this.heardAt = new long[n];
    this.leaseUntil = new long[n];
    this.follows = new boolean[n];
    this.confirmed = new long[n];
    this.syncing = new boolean[n];
  }

  private ReplicaModel peer(int replica) {
    ReplicaModel p = w.machine(w.o.replicas.get(replica)).agent;
    if (p == null) {
      throw new IllegalStateException("no replica " + replica);
    }
    return p;
  }

  // ---- process

  void begin() {
    if (alive) {
      return;
    }
    alive = true;
    life++;
    role = Role.STANDBY;
    still.begin();
    record = null;
    proposal = null;
    dropped = false;
    pending = 0;
    // What it promised in its former life it does not know.
    promiseUntil = m.local() + w.o.agentLease + w.o.agentMargin;
    Arrays.fill(leaseUntil, Long.MIN_VALUE / 2);
    Arrays.fill(heardAt, Long.MIN_VALUE / 2);
    Arrays.fill(follows, false);
    Arrays.fill(confirmed, 0);
    Arrays.fill(syncing, false);
    ping();
    write();
  }

  void kill() {
    alive = false;
    pending = 0;
  }

  void pause(long nanos) {
    stillUntil = Math.max(stillUntil, w.now() + nanos);
  }

  boolean alive() {
    return alive;
  }

  /** It answers now. */
  boolean works() {
    return alive && w.now() >= stillUntil;
  }

  void after(long localNanos, Runnable task) {
    long mine = life;
    m.after(localNanos, () -> when(mine, task));
  }

  private void when(long mine, Runnable task) {
    if (!alive || life != mine) {
      return;
    }
    if (w.now() < stillUntil) {
      w.clock.after(stillUntil - w.now(), () -> m.when(m.boots, () -> when(mine, task)));
    } else {
      task.run();
    }
  }

  private void send(int to, Runnable heard) {
    ReplicaModel p = peer(to);
    w.net.send(
        ControlNet.Net.MIRROR,
        m.name,
        p.m.name,
        () -> p.m.when(p.m.boots, () -> p.when(p.life, heard)));
  }

  // ---- signs of life

  private boolean connected(int peer) {
    return m.local() - heardAt[peer] < w.o.agentSilence;
  }

  long epoch() {
    SetRecord r = record;
    return r == null ? -1 : r.epoch();
  }

  private boolean active() {
    SetRecord r = record;
    return (role == Role.ACTIVE || role == Role.DEMOTING) && r != null && r.active() == self;
  }

  private void ping() {
    for (int p = 0; p < heardAt.length; p++) {
      if (p == self) {
        continue;
      }
      int to = p;
      SetRecord r = record;
      boolean mine = role == Role.STANDBY && r != null && r.active() == p && connected(p);
      long epoch = epoch();
      long holds = have;
      boolean leads = active();
      long at = m.local();
      send(p, () -> peer(to).pinged(self, mine, epoch, holds, leads, at));
    }
    plan();
    after(w.o.agentPing, this::ping);
  }

  private void pinged(int from, boolean followsUs, long epoch, long holds, boolean leads, long at) {
    heardAt[from] = m.local();
    if (leads && role == Role.STANDBY) {
      still.ledIn(epoch);
    }
    follows[from] = followsUs && epoch == epoch() && active();
    if (leads && role == Role.STANDBY) {
      promiseUntil = m.local() + w.o.agentLease + w.o.agentMargin;
      send(from, () -> peer(from).answered(self, at));
    }
    if (follows[from] && !syncing[from] && holds != have) {
      recover(from);
    } else if (follows[from] && holds == have) {
      confirmed[from] = Math.max(confirmed[from], holds);
    }
  }

  /** The answer to what we sent at that time. */
  private void answered(int from, long at) {
    leaseUntil[from] = Math.max(leaseUntil[from], at + w.o.agentLease);
  }

  /** The peer is given all that it lacks. */
  private void recover(int peer) {
    syncing[peer] = true;
    long mean = w.calm ? 50_000_000L : w.o.recoveryMean;
    boolean member = record != null && record.inSync(peer);
    after(
        member ? 5_000_000L : prng.exponential(mean),
        () -> {
          syncing[peer] = false;
          if (active()) {
            long holds = have;
            long epoch = epoch();
            send(peer, () -> peer(peer).given(self, holds, epoch));
          }
        });
  }

  private void given(int from, long holds, long epoch) {
    SetRecord r = record;
    if (role == Role.STANDBY && r != null && epoch == r.epoch() && r.active() == from) {
      if (syncedEpoch != epoch || holds > have) {
        // Within an epoch an older message never takes back what a newer one gave.
        if (have != holds) {
          still.used();
        }
        have = holds;
        syncedEpoch = epoch;
      }
      long now = have;
      send(from, () -> peer(from).written(self, now, epoch));
    }
  }

  // ---- writes

  private void write() {
    after(prng.exponential(w.o.writeMean), this::write);
    boolean begins = role == Role.ACTIVE && m.things.acts("g1");
    if (still.held() || dropped || !active() || (pending == 0 && !begins)) {
      return;
    }
    if (pending == 0) {
      pending = ++w.writes;
      have = pending;
    }
    long write = pending;
    long epoch = epoch();
    for (int p = 0; p < heardAt.length; p++) {
      if (p != self && connected(p)) {
        int to = p;
        long before = confirmed[p];
        send(p, () -> peer(to).replicated(self, write, before, epoch));
      }
    }
    answer();
  }

  private void replicated(int from, long write, long before, long epoch) {
    SetRecord r = record;
    boolean mine = role == Role.STANDBY && r != null && r.active() == from && r.epoch() == epoch;
    if (mine && (have == before || have == write)) {
      still.used();
      have = write;
      syncedEpoch = epoch;
      send(from, () -> peer(from).written(self, write, epoch));
    }
  }

  private void written(int from, long write, long epoch) {
    if (active() && epoch == epoch() && write <= have) {
      confirmed[from] = Math.max(confirmed[from], write);
      answer();
    }
  }

  /** Whose word is needed: the set, and while a change is undecided the union with the next. */
  private int needed() {
    SetRecord r = record;
    SetRecord p = proposal;
    return (r == null ? bit : r.inSyncMask()) | (p == null ? 0 : p.inSyncMask());
  }

  private void answer() {
    if (pending == 0 || !active()) {
      return;
    }
    for (int p = 0; p < heardAt.length; p++) {
      if (p != self && (needed() & 1 << p) != 0 && confirmed[p] < pending) {
        return;
      }
    }
    w.judge.acknowledged(m, pending);
    pending = 0;
    plan();
  }

  long holds() {
    return have;
  }

  // ---- the record

  /** The record as the service of this server knows it. */
  void told(SetRecord next) {
    after(
        prng.exponential(1_000_000L),
        () -> {
          SetRecord r = record;
          if (r == null || next.version() > r.version()) {
            see(next);
          }
        });
  }

  private void see(SetRecord next) {
    SetRecord before = record;
    SetRecord p = proposal;
    record = next;
    if (before != null && before.epoch() != next.epoch()) {
      Arrays.fill(follows, false);
    }
    if (p != null && next.version() >= p.version()) {
      proposal = null;
      if (role == Role.PROMOTING) {
        if (next.proposalId() == p.proposalId()) {
          become(Role.ACTIVE);
          dropped = false;
          activeEpoch = next.epoch();
          pending = 0;
          Arrays.fill(confirmed, 0);
        } else {
          become(Role.STANDBY);
        }
      }
    }
    if ((role == Role.ACTIVE || role == Role.DEMOTING) && next.active() != self) {
      if (next.active() >= 0 && still.held()) {
        still.broken();
      }
      become(Role.STANDBY);
      pending = 0;
    }
    if (active()) {
      activeEpoch = next.epoch();
    }
    plan();
    answer();
  }

  private void become(Role next) {
    if (w.clock.tells()) {
      w.clock.tell(m.name, "replica " + role + " -> " + next);
    }
    w.cover.hit("replica/" + next);
    role = next;
    // The flag of a former life, or the role is gone: VOID before anything is written.
    if (next == Role.ACTIVE) {
      still.leads();
    } else if (next != Role.DEMOTING || !still.sealing()) {
      still.leadsNoMore();
    }
  }

  /** Asks for the most pressing change. */
  void plan() {
    SetRecord r = record;
    if (r == null || proposal != null || !active()) {
      return;
    }
    int drop = 0;
    int join = 0;
    for (int p = 0; p < heardAt.length; p++) {
      if (p == self) {
        continue;
      }
      boolean member = r.inSync(p);
      if (member && !connected(p)) {
        drop |= 1 << p;
      } else if (!member && follows[p] && connected(p) && confirmed[p] == have) {
        join |= 1 << p;
      }
    }
    if (still.held() && (drop != 0 || (role == Role.DEMOTING && !still.sealing()))) {
      still.broken();
    }
    if (drop != 0) {
      propose("SHRINK", self, r.inSyncMask() & ~drop, prng.next());
    } else if (role == Role.DEMOTING && pending == 0) {
      propose("REST", -1, r.inSyncMask(), r.generation());
    } else if (join != 0 && role == Role.ACTIVE) {
      propose("EXPAND", self, r.inSyncMask() | join, r.generation());
    }
  }

  private void propose(String what, int active, int mask, long generation) {
    SetRecord r = record;
    if (r == null) {
      return;
    }
    w.cover.hit("set/" + what);
    SetRecord next =
        new SetRecord(
            r.groupId(),
            r.version() + 1,
            r.epoch() + 1,
            active,
            mask,
            generation,
            r.stamps(),
            prng.next(),
            r.holdId(),
            r.cutId(),
            r.cutStatus());
    proposal = next;
    ask(next);
  }

  private void ask(SetRecord next) {
    if (proposal == null || proposal.proposalId() != next.proposalId()) {
      return;
    }
    Service s = m.service;
    if (s != null && !s.dead) {
      s.decide(next);
    }
    after(ASK_AGAIN, () -> ask(next));
  }

  // ---- commands

  /** Asks to become the active; false if that is refused. */
  boolean activate() {
    SetRecord r = record;
    if (r == null || role != Role.STANDBY) {
      return true;
    }
    boolean first = r.inSyncMask() == 0 && r.generation() == 0;
    if (!first && !r.inSync(self)) {
      return false;
    }
    boolean resumes = r.active() == self && activeEpoch == r.epoch();
    if (r.active() >= 0 && !resumes && m.local() < promiseUntil) {
      return true;
    }
    boolean keeps = r.inSync(self) && (resumes || r.active() == -1 || r.active() == self);
    become(Role.PROMOTING);
    boolean same = keeps && r.generation() != 0;
    propose("ACTIVATE", self, keeps ? r.inSyncMask() : bit, same ? r.generation() : prng.next());
    return true;
  }

  /** Asks to give the role back. */
  void rest() {
    if (role == Role.PROMOTING) {
      // What was asked may still be decided, and is then ours to resume.
      proposal = null;
      become(Role.STANDBY);
    } else if (role == Role.ACTIVE) {
      if (still.held()) {
        still.broken();
      }
      become(Role.DEMOTING);
      plan();
    }
  }

  /** The front ends are taken away: no I/O comes any more. */
  void drop() {
    dropped = true;
    pending = 0;
    rest();
  }

  // ---- the hold of a backup

  ReplicaHold still() {
    return still;
  }

  /** All follow and nothing is under way. */
  boolean mayHold() {
    SetRecord r = record;
    if (!works() || role != Role.ACTIVE || !active() || dropped || r == null) {
      return false;
    }
    for (int p = 0; p < heardAt.length; p++) {
      if (p != self && !(connected(p) && r.inSync(p) && follows[p])) {
        return false;
      }
    }
    return pending == 0 && proposal == null;
  }

  boolean mayGiveBack() {
    return role == Role.ACTIVE && proposal == null;
  }

  void giveBack() {
    become(Role.DEMOTING);
    plan();
  }

  boolean follows(int leader, long epoch) {
    SetRecord r = record;
    return role == Role.STANDBY && r != null && r.active() == leader && r.epoch() == epoch;
  }

  void send(int to, Consumer<ReplicaModel> what) {
    ReplicaModel p = peer(to);
    send(to, () -> what.accept(p));
  }

  void toPeers(Consumer<ReplicaModel> what) {
    for (int p = 0; p < heardAt.length; p++) {
      if (p != self) {
        send(p, what);
      }
    }
  }

  @Nullable SetRecord record() {
    return record;
  }

  int self() {
    return self;
  }

  String name() {
    return m.name;
  }

  /** It believes that it is the active one. */
  boolean leads() {
    return active();
  }

  boolean isActive() {
    return alive && role == Role.ACTIVE && !dropped;
  }

  boolean isAtRest() {
    return works() && role == Role.STANDBY;
  }

  /** What it says of itself when it is asked. */
  NodeEvent view() {
    if (!works()) {
      return NodeEvent.Agent.silent(m.local());
    }
    plan();
    Set<String> hears = new TreeSet<>();
    boolean any = false;
    boolean all = true;
    for (int p = 0; p < heardAt.length; p++) {
      if (p != self && connected(p)) {
        hears.add(w.o.replicas.get(p));
      }
      if (p != self && record != null && record.inSync(p)) {
        any = true;
        all &= connected(p) && follows[p] && m.local() <= leaseUntil[p];
      }
    }
    boolean leads = role == Role.ACTIVE && active();
    var disk = new NodeEvent.Agent.DiskView(leads, leads && any && all, still.view());
    long ago = m.local() - promiseUntil;
    return new NodeEvent.Agent(m.local(), true, ago, hears, Map.of(ConfigBook.DISK, disk));
  }
}
