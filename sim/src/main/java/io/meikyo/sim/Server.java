// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.link.Message.FollowMode;
import io.meikyo.core.mirror.Effect;
import io.meikyo.core.mirror.Event;
import io.meikyo.core.mirror.SetRecord;
import io.meikyo.core.partition.Condition;
import io.meikyo.core.partition.LoadedPartition;
import io.meikyo.core.partition.Stamp;
import io.meikyo.sim.disk.DataDisk;
import io.meikyo.sim.disk.MetaStore;
import io.meikyo.sim.disk.TokenPayload;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A machine: power, clock, two partitions, and the lives of its mirror agent one after another. */
final class Server {
  final World w;
  final int id;
  final String name;
  final Prng prng;
  final DataDisk disk;
  MetaStore meta;
  boolean powered;
  long bootId;
  int boots;
  @Nullable Agent agent;

  /** The agent is not to be started again by itself. */
  boolean keptDown;

  /** Partitions of another replica are in it; its own wait here. */
  @Nullable Image ownImage;

  /** Rolled back or replaced, and not yet fully compared since. */
  boolean notBelieved;

  /** A full follow was begun since then. */
  boolean fullFollow;

  /** How it was last told to follow. */
  FollowMode followMode = FollowMode.NONE;

  /** What its superblock said before it said that the data is a mixture; null: not known. */
  @Nullable Condition mixedFrom;

  /** The operator's word made its bytes the truth, whatever its partition said of them. */
  boolean forcedOnce;

  /** Every operation fails. */
  boolean dead;

  /** So many of the next operations fail. */
  int failNext;

  /** It failed once: out of use until it is replaced. */
  boolean failed;

  long slowUntil;
  private final List<DiskOp> flying = new ArrayList<>();
  private final int ppm;
  private long clockBase;
  private boolean startScheduled;
  private boolean hasCopy;

  /** The last copy of a consistent state could not be made. */
  boolean copyFailed;

  /** What an image of a replica holds. */
  record Image(int replica, long[] data, MetaStore meta, Stamp stamp) {}

  Server(World w, int id, Prng prng) {
    this.w = w;
    this.id = id;
    this.name = String.valueOf((char) ('A' + id));
    this.prng = prng;
    this.disk = new DataDisk((int) w.o.geometry.blocks());
    this.meta = w.blankPartition(id);
    this.ppm = w.o.driftPpmMax == 0 ? 0 : prng.between(-w.o.driftPpmMax, w.o.driftPpmMax);
  }

  // ---- clock

  long local(long t) {
    return clockBase + t + t / 1_000_000 * ppm + t % 1_000_000 * ppm / 1_000_000;
  }

  long toSim(long local) {
    long t = local - clockBase;
    if (t < 0 || t > Long.MAX_VALUE / 4) {
      return t < 0 ? 0 : Long.MAX_VALUE / 4;
    }
    long guess = t - t / 1_000_000 * ppm - t % 1_000_000 * ppm / 1_000_000;
    long miss = local - local(guess);
    return guess + miss + Math.abs(miss) / 500 + 2;
  }

  // ---- power and agent

  void powerOn() {
    if (powered || keptDown) {
      return;
    }
    powered = true;
    boots++;
    bootId = prng.next();
    clockBase = prng.between(0L, 1L << 40);
    w.tell(name, "power on");
    startLater();
  }

  void powerLoss() {
    if (!powered) {
      return;
    }
    powered = false;
    w.tell(name, "POWER LOSS, " + disk.unflushedBlocks() + " blocks unflushed");
    Agent a = agent;
    if (a != null) {
      endOf(a, true);
    }
    for (DiskOp op : flying) {
      op.powerLoss();
    }
    flying.clear();
    DataDisk.Loss loss =
        prng.chance(0.35)
            ? DataDisk.Loss.DROP_ALL
            : prng.chance(0.2) ? DataDisk.Loss.KEEP_ALL : DataDisk.Loss.EACH_BLOCK;
    w.cover.hit("power loss/" + loss);
    disk.powerLoss(loss, prng);
    w.registers.tick();
    w.registers.cachesLost(id);
  }

  void killAgent(String why) {
    Agent a = agent;
    if (a == null || !a.alive) {
      return;
    }
    w.tell(name, "KILL -9: " + why);
    endOf(a, false);
    List<DiskOp> stay = new ArrayList<>();
    for (DiskOp op : flying) {
      double x = prng.fraction();
      if (op.landed || op.kind == DiskOp.Kind.READ || x < 0.3) {
        op.cancelled = true;
      } else {
        op.torn = x < 0.5;
        op.place = stay.size();
        stay.add(op);
      }
    }
    flying.clear();
    flying.addAll(stay);
    startLater();
  }

  private void endOf(Agent a, boolean power) {
    a.alive = false;
    agent = null;
    w.holdLaws.agentDied(a);
    for (FrontEnd f : w.fronts) {
      if (f == w.fronts[id]) {
        f.agentDied(a);
      }
    }
    for (Server peer : w.servers) {
      if (peer != this) {
        w.links[id][peer.id].agentDied(a, power);
      }
    }
  }

  /** Ends the agent in good order, after its answer to Detach. */
  void agentLeft() {
    Agent a = agent;
    if (a != null) {
      endOf(a, false);
    }
  }

  void startLater() {
    if (!startScheduled && !keptDown) {
      startScheduled = true;
      w.after(prng.exponential(w.o.restartMean), new Task.Call(this::start));
    }
  }

  private void start() {
    startScheduled = false;
    if (!powered || agent != null || keptDown) {
      return;
    }
    if (!flying.isEmpty()) {
      // The kernel still has I/O of the former life: the exclusive open is refused.
      startLater();
      return;
    }
    MetaStore.Damage damage = new MetaStore.Damage();
    LoadedPartition loaded = meta.load(damage);
    if (loaded == null) {
      World.check(false, 0, "the cluster partition of " + name + " cannot be read any more");
      return;
    }
    if (damage.superblock) {
      w.cover.hit("torn superblock met");
    }
    if (damage.log) {
      w.cover.hit("torn log met");
    }
    if (damage.page) {
      w.cover.hit("torn map page met");
    }
    Agent a = new Agent(this, prng.fork(), ownImage != null);
    agent = a;
    SetRecord r = w.authority.answers(this) && prng.chance(0.8) ? w.authority.record() : null;
    w.tell(name, "agent starts, life " + a.life);
    a.attach(
        prng.exponential(200_000), new Event.Attach(loaded, bootId, w.o.zeroGranularity[id], r));
  }

  boolean runs() {
    return agent != null && agent.alive;
  }

  // ---- disks

  void write(Agent a, long op, long start, int count, boolean fua, @Nullable TokenPayload payload) {
    World.check(
        count > 0 && start >= 0 && start + count <= disk.blocks(),
        0,
        "a write outside the data partition");
    World.check(
        payload == null || payload.count() == count, 0, "a write with bytes of another length");
    DiskOp d = new DiskOp(this, a, op, DiskOp.Kind.WRITE);
    d.start = (int) start;
    d.count = count;
    d.fua = fua;
    d.payload = payload;
    begin(d, w.o.diskMean);
  }

  void read(Agent a, long op, long start, int count, boolean hash) {
    World.check(
        count > 0 && start >= 0 && start + count <= disk.blocks(),
        0,
        "a read outside the data partition");
    DiskOp d = new DiskOp(this, a, op, DiskOp.Kind.READ);
    d.start = (int) start;
    d.count = count;
    d.wantHash = hash;
    begin(d, w.o.diskMean);
  }

  void flush(Agent a, long op) {
    DiskOp d = new DiskOp(this, a, op, DiskOp.Kind.FLUSH);
    d.flushInstant = disk.flushBegins();
    begin(d, w.o.flushMean);
  }

  void meta(Agent a, long op, MetaStore.Pending pending, Effect e) {
    if (e instanceof Effect.WriteSuperblock) {
      for (DiskOp other : flying) {
        World.check(
            !(other.metaEffect instanceof Effect.WriteSuperblock),
            0,
            "two writes of the superblock in flight at once: both places may be torn");
      }
    }
    DiskOp d = new DiskOp(this, a, op, DiskOp.Kind.META);
    d.pending = pending;
    d.metaEffect = e;
    begin(d, w.o.diskMean);
  }

  private void begin(DiskOp d, double mean) {
    if (dead) {
      d.fails = true;
    } else if (failNext > 0) {
      failNext--;
      d.fails = true;
    }
    if (d.fails) {
      failed = true;
      w.cover.hit("disk error/" + d.kind);
      w.tell(name, "disk error on " + d.kind + " op " + d.op);
      w.registers.tick();
      w.registers.cachesLost(id);
    }
    d.place = flying.size();
    flying.add(d);
    double m = mean;
    if (w.now < slowUntil) {
      m *= 30;
    } else if (w.o.diskTailShare > 0 && !w.calm && prng.chance(w.o.diskTailShare)) {
      m += w.o.diskTailMean;
    }
    w.after(prng.exponential(m), d);
  }

  /** Most reports come at once, some a little after the effect. */
  long reportDelay() {
    return prng.chance(0.1) ? prng.exponential(w.o.diskMean) : 0;
  }

  void gone(DiskOp d) {
    int last = flying.size() - 1;
    if (d.place <= last && flying.get(d.place) == d) {
      DiskOp moved = flying.get(last);
      flying.set(d.place, moved);
      moved.place = d.place;
      flying.remove(last);
    }
  }

  boolean writesInFlight() {
    for (DiskOp d : flying) {
      if (d.kind == DiskOp.Kind.WRITE && !d.landed) {
        return true;
      }
    }
    return false;
  }

  // ---- snapshots

  void snapshot(Agent a, long cutId) {
    boolean ok = w.calm || !prng.chance(w.o.snapshotFails);
    if (ok) {
      long[] copy = disk.visible().clone();
      w.holdLaws.snapshot(a, cutId, copy);
      a.snapshots.take(cutId, copy);
    } else {
      w.cover.hit("snapshot refused");
    }
    a.deliver(prng.exponential(w.o.diskMean * 3), new Event.SnapshotTaken(cutId, ok));
  }

  /** The copy of the last consistent state of an asynchronous standby. */
  void keepCopy(Agent a, long op) {
    copyFailed = !w.calm && prng.chance(w.o.snapshotFails);
    hasCopy |= !copyFailed;
    w.cover.hit(copyFailed ? "consistent copy refused" : "consistent copy kept");
    boolean ok = !copyFailed;
    a.deliver(prng.exponential(w.o.diskMean * 3), new Event.DiskDone(op, ok, null, null));
  }

  void dropCopy() {
    hasCopy = false;
    copyFailed = false;
  }

  boolean hasCopy() {
    return hasCopy;
  }

  /** A block of the cluster partition has landed. */
  void conditionWas(Condition before) {
    boolean mixed = meta.superblock().condition() == Condition.INCONSISTENT;
    if (mixed && before != Condition.INCONSISTENT) {
      mixedFrom = before;
    }
  }

  // ---- images

  Image image() {
    return new Image(id, disk.image(), meta.image(), meta.superblock().stamp());
  }

  /** Puts an image in place of both partitions. */
  void restore(Image image) {
    disk.restore(image.data());
    meta = image.meta().image();
    mixedFrom = null;
    w.registers.tick();
    w.registers.cachesLost(id);
  }

  /** A new disk: nothing on it, and a partition just made. */
  void replaceByBlank() {
    disk.restore(new long[disk.blocks()]);
    meta = w.blankPartition(id);
    mixedFrom = null;
    dead = false;
    failed = false;
    failNext = 0;
    notBelieved = true;
    fullFollow = false;
    w.registers.tick();
    w.registers.cachesLost(id);
  }
}
