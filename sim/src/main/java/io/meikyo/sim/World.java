// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim;

import io.meikyo.core.partition.Identity;
import io.meikyo.core.partition.Superblock;
import io.meikyo.sim.cover.Coverage;
import io.meikyo.sim.disk.ByteMetaStore;
import io.meikyo.sim.disk.MetaStore;
import io.meikyo.sim.disk.ObjectMetaStore;
import io.meikyo.sim.oracle.LawBroken;
import io.meikyo.sim.oracle.Registers;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One cluster with one mirror disk, in one thread: the heap of what will happen, simulated time,
 * and everything that lives in it. Nothing in it depends on anything but the seed.
 */
final class World {
  static final UUID CLUSTER = new UUID(0x1111, 0x2222);
  static final UUID DISK = new UUID(0x3333, 0x4444);

  final long seed;
  final SwarmOptions o;
  final Replica.Maker maker;
  final Prng prng;
  final Coverage cover;
  final Story story;
  final Registers registers;
  final Server[] servers;
  final Link[][] links;
  final SetAuthority authority;
  final FrontEnd[] fronts;
  final Backlog backlog;
  final Controller controller;
  final Operator operator;
  final FaultInjector faults;
  final SetLaws setLaws;
  final HoldLaws holdLaws;
  final AsyncLaws asyncLaws;

  /** The restore that is being told; null most of the time. */
  @Nullable RestoreTale tale;

  private final EventQueue queue = new EventQueue();
  private long ids;
  long now;
  long events;
  long hash;

  /** The faults are over: nothing new goes wrong. */
  boolean calm;

  World(long seed, Replica.Maker maker, Coverage cover, Story story) {
    this.seed = seed;
    this.maker = maker;
    this.cover = cover;
    this.story = story;
    Prng root = new Prng(seed);
    this.o = new SwarmOptions(root.fork());
    this.prng = root.fork();
    int blocks = (int) o.geometry.blocks();
    registers = new Registers(blocks);
    servers = new Server[o.replicas];
    for (int i = 0; i < o.replicas; i++) {
      servers[i] = new Server(this, i, root.fork());
    }
    links = new Link[o.replicas][o.replicas];
    for (int i = 0; i < o.replicas; i++) {
      for (int k = i + 1; k < o.replicas; k++) {
        links[i][k] = new Link(this, servers[i], servers[k], root.fork());
        links[k][i] = links[i][k];
      }
    }
    setLaws = new SetLaws(this);
    holdLaws = new HoldLaws(this);
    asyncLaws = new AsyncLaws(this);
    authority = new SetAuthority(this, root.fork());
    backlog = new Backlog();
    fronts = new FrontEnd[o.replicas];
    for (int i = 0; i < o.replicas; i++) {
      fronts[i] = new FrontEnd(this, servers[i], root.fork());
    }
    controller = new Controller(this, root.fork());
    operator = new Operator(this, root.fork());
    faults = new FaultInjector(this, root.fork());
  }

  /** Everything is switched on. */
  void begin() {
    for (Server s : servers) {
      s.powerOn();
    }
    controller.begin();
    operator.begin();
    faults.begin();
    authority.begin();
  }

  Identity identity(int replica) {
    return new Identity(CLUSTER, DISK, replica);
  }

  MetaStore blankPartition(int replica) {
    return partition(Superblock.blank(identity(replica), o.geometry));
  }

  /** A partition just made, with this superblock. */
  MetaStore partition(Superblock first) {
    return o.bytes ? ByteMetaStore.blank(first) : new ObjectMetaStore(first);
  }

  /** A number never given before. */
  long id() {
    return ++ids;
  }

  void at(long instant, Task t) {
    queue.add(t, Math.max(instant, now));
  }

  void after(long delay, Task t) {
    queue.add(t, now + delay);
  }

  void after(long delay, Runnable r) {
    queue.add(new Task.Call(r), now + delay);
  }

  /** The next thing happens. Returns false if there is none. */
  boolean step() {
    Task t = queue.poll();
    if (t == null) {
      return false;
    }
    now = t.at;
    events++;
    hash = (hash ^ (t.at + t.code())) * 0x9e3779b97f4a7c15L;
    hash ^= hash >>> 29;
    t.run();
    return true;
  }

  void run(long eventsMore) {
    long end = events + eventsMore;
    while (events < end && step()) {}
  }

  void tell(String where, String what) {
    story.line(now, where, what);
  }

  static void check(boolean holds, int law, String reason) {
    if (!holds) {
      throw new LawBroken(law, reason);
    }
  }
}
