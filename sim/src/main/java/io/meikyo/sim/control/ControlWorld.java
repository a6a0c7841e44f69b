// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.control;

import io.meikyo.sim.Prng;
import io.meikyo.sim.consensus.SimConsensus;
import io.meikyo.sim.cover.Coverage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Everything of one run: members, networks, log, people, judge. One thread. */
final class ControlWorld {
  static final UUID CLUSTER = new UUID(1, 2);
  static final UUID GROUP = new UUID(7, 8);

  final Clockwork clock;
  final Coverage cover;
  final ControlOptions o;
  final SimConsensus consensus;
  final ConfigBook book;
  final Judge judge;
  final ControlNet net;
  final People people;
  final Backups backups;
  final Offlines offlines;
  final Faults faults;
  final Map<String, Machine> machines = new LinkedHashMap<>();

  /** Faults have ended: progress is demanded. */
  boolean calm;

  /** Numbers of writes, over all lives of all replicas. */
  long writes;

  ControlWorld(long seed, Coverage cover, int storyLines) {
    Prng root = new Prng(seed ^ 0x6d65696b796fL);
    this.cover = cover;
    this.clock = new Clockwork(storyLines);
    this.o = new ControlOptions(root.fork());
    this.consensus = new SimConsensus(clock, root.fork(), o.log);
    this.book = new ConfigBook(o, root.fork());
    this.judge = new Judge(this);
    this.net = new ControlNet(this, root.fork());
    for (String name : o.members) {
      machines.put(name, new Machine(this, name, root.fork()));
    }
    this.people = new People(this, root.fork());
    this.faults = new Faults(this, root.fork());
    this.backups = new Backups(this, root.fork());
    this.offlines = new Offlines(this, root.fork());
  }

  Machine machine(String name) {
    Machine m = machines.get(name);
    if (m == null) {
      throw new IllegalArgumentException("no machine " + name);
    }
    return m;
  }

  List<Machine> servers() {
    List<Machine> servers = new ArrayList<>();
    for (Machine m : machines.values()) {
      if (!m.witness) {
        servers.add(m);
      }
    }
    return servers;
  }

  long now() {
    return clock.now();
  }

  /** Goes on until this real time; false if nothing is left to happen. */
  boolean runUntil(long end) {
    while (clock.now() < end) {
      if (!clock.step()) {
        return false;
      }
    }
    return true;
  }
}
