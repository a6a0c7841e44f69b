// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.consensus;

import io.meikyo.core.consensus.ConsensusStore;
import io.meikyo.core.consensus.Membership.Voter;
import io.meikyo.sim.Prng;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * All members of all groups of a simulation, the network between them and their disks. What the
 * seed and the calls decide, it does; nothing else.
 *
 * <p>Servers are cut from each other by name, {@code server1}; members are named with their
 * incarnation, {@code server1#3}. One thread.
 */
public final class SimConsensus {
  private record Cut(String from, String to) {}

  private final Timeline timeline;
  private final Prng prng;
  private final SimFaults faults;
  private final Set<Bug> bugs;
  private final Map<String, Map<UUID, Files>> disks = new HashMap<>();
  private final Map<String, SimStore> alive = new HashMap<>();
  private final Map<String, Long> pausedUntil = new HashMap<>();
  private final Set<Cut> cuts = new HashSet<>();
  private long lives;

  /** A network without members. */
  public SimConsensus(Timeline timeline, Prng prng, SimFaults faults) {
    this(timeline, prng, faults, Set.of());
  }

  SimConsensus(Timeline timeline, Prng prng, SimFaults faults, Set<Bug> bugs) {
    this.timeline = timeline;
    this.prng = prng;
    this.faults = faults;
    this.bugs = bugs;
  }

  SimFaults faults() {
    return faults;
  }

  Set<Bug> bugs() {
    return bugs;
  }

  Prng prng() {
    return prng;
  }

  long now() {
    return timeline.now();
  }

  // What the simulation does with members.

  /**
   * A member's process starts, with what is on its disk.
   *
   * @throws IllegalStateException if it runs
   */
  public ConsensusStore boot(Voter self) {
    SimStore running = alive.get(self.id());
    if (running != null && !running.isOver()) {
      throw new IllegalStateException(self.id() + " runs");
    }
    SimStore store =
        new SimStore(self, ++lives, this, disks.computeIfAbsent(self.id(), id -> new TreeMap<>()));
    alive.put(self.id(), store);
    return store;
  }

  /** A member's process ends without a word; its disk stays. */
  public void crash(String id) {
    SimStore store = alive.remove(id);
    if (store != null) {
      store.crash();
    }
  }

  /** A member's disk is lost. It must not run, and must come back under another incarnation. */
  public void wipe(String id) {
    crash(id);
    disks.remove(id);
  }

  /** A member's process does nothing for so long; what comes for it waits. */
  public void pause(String id, long nanos) {
    pausedUntil.put(id, now() + nanos);
  }

  /** Nothing gets from one server to another, and not back either. */
  public void cut(String server, String other) {
    cutOneWay(server, other);
    cutOneWay(other, server);
  }

  /** Nothing gets from one server to another. */
  public void cutOneWay(String from, String to) {
    cuts.add(new Cut(from, to));
  }

  /** Two servers hear each other again. */
  public void mend(String server, String other) {
    cuts.remove(new Cut(server, other));
    cuts.remove(new Cut(other, server));
  }

  /** All servers hear each other again. */
  public void heal() {
    cuts.clear();
  }

  // What logs need.

  void after(SimLog log, long nanos, Runnable task) {
    timeline.after(nanos, () -> run(log.life(), log.member(), task));
  }

  /** Runs a task of one life of a member, unless that is over; later, if it is paused. */
  private void run(long life, String id, Runnable task) {
    SimStore store = alive.get(id);
    if (store == null || store.life() != life || (store.isOver() && !store.closing())) {
      return;
    }
    long until = pausedUntil.getOrDefault(id, 0L);
    if (until > now()) {
      timeline.after(until - now(), () -> run(life, id, task));
    } else {
      task.run();
    }
  }

  void send(SimLog from, String to, Message message, long stall) {
    boolean request =
        message instanceof Message.Forward
            || message instanceof Message.Change
            || message instanceof Message.Told;
    if (prng.chance(faults.messageLost())) {
      return;
    }
    deliver(from.groupId(), from.member(), to, message, stall);
    if (!request && prng.chance(faults.messageTwice())) {
      deliver(from.groupId(), from.member(), to, message, stall);
    }
  }

  private void deliver(UUID group, String from, String to, Message message, long stall) {
    long delay = faults.delayMean() / 10 + prng.exponential(faults.delayMean()) + stall;
    timeline.after(
        delay,
        () -> {
          SimStore store = alive.get(to);
          if (store == null || cuts.contains(new Cut(name(from), name(to)))) {
            return;
          }
          run(
              store.life(),
              to,
              () -> {
                SimLog log = store.log(group);
                if (log != null) {
                  log.hear(from, message);
                }
              });
        });
  }

  private static String name(String id) {
    int mark = id.indexOf('#');
    return mark < 0 ? id : id.substring(0, mark);
  }
}
