// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.consensus;

import io.meikyo.core.consensus.ConsensusStore;
import io.meikyo.core.consensus.Membership.Voter;
import io.meikyo.sim.Prng;
import io.meikyo.sim.contract.ConsensusRig;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** The contract's servers in simulated time. */
final class SimRig implements ConsensusRig {
  private static final long SECOND = 1_000_000_000L;
  private static final long AWAIT = 600 * SECOND;
  private static final long LINGER = 30 * SECOND;

  private record Due(long at, long order, Runnable task) {}

  private static final class Heap implements Timeline {
    final PriorityQueue<Due> due =
        new PriorityQueue<>(Comparator.comparingLong(Due::at).thenComparingLong(Due::order));
    long now;
    long order;
    long hash;

    @Override
    public long now() {
      return now;
    }

    @Override
    public void after(long nanos, Runnable task) {
      due.add(new Due(now + nanos, order++, task));
    }

    boolean step() {
      Due next = due.poll();
      if (next == null) {
        return false;
      }
      now = next.at;
      hash = Prng.mix(hash + next.at * 31 + next.order);
      next.task.run();
      return true;
    }
  }

  private final Heap heap = new Heap();
  private final SimFaults faults;
  private final SimConsensus world;
  private final int[] incarnation = new int[SERVERS];

  SimRig(long seed, boolean stormy, Set<Bug> bugs) {
    Prng prng = new Prng(seed);
    faults = stormy ? SimFaults.stormy(prng.fork()) : SimFaults.calm();
    world = new SimConsensus(heap, prng, faults, bugs);
  }

  SimConsensus world() {
    return world;
  }

  /** What happened, in one number: the same for the same seed. */
  long hash() {
    return heap.hash;
  }

  @Override
  public Voter voter(int server) {
    return new Voter("server" + server + "#" + incarnation[server], "10.0.0." + server + ":1");
  }

  @Override
  public ConsensusStore boot(int server) {
    return world.boot(voter(server));
  }

  @Override
  public void stop(int server) {
    world.crash(voter(server).id());
  }

  @Override
  public void wipe(int server) {
    world.wipe(voter(server).id());
    incarnation[server]++;
  }

  @Override
  public void cut(int server, int other) {
    world.cut("server" + server, "server" + other);
  }

  @Override
  public void heal() {
    world.heal();
  }

  @Override
  public void await(BooleanSupplier isTrue, String what) {
    long end = heap.now + AWAIT;
    while (!isTrue.getAsBoolean()) {
      if (heap.now > end || !heap.step()) {
        throw new AssertionError("waited in vain for " + what);
      }
    }
  }

  @Override
  public void linger() {
    long end = heap.now + LINGER;
    while (heap.now < end && heap.step()) {
      // Time passes.
    }
  }

  @Override
  public int commandsUntilShortened() {
    return faults.snapshotEvery() + 20;
  }

  @Override
  public int commandBytes() {
    return 1;
  }

  @Override
  public void close() {
    heap.due.clear();
  }
}
