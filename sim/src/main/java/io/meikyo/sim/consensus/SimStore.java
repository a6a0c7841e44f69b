// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.consensus;

import io.meikyo.core.consensus.ConsensusLog;
import io.meikyo.core.consensus.ConsensusStore;
import io.meikyo.core.consensus.Membership;
import io.meikyo.core.consensus.Membership.Voter;
import io.meikyo.core.consensus.Sealed;
import io.meikyo.core.consensus.StateMachine;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The groups of one life of one member. */
final class SimStore implements ConsensusStore {
  private final Voter self;
  private final long life;
  private final SimConsensus world;
  private final Map<UUID, Files> disk;
  private final Map<UUID, SimLog> logs = new HashMap<>();
  private boolean over;
  private boolean crashed;

  SimStore(Voter self, long life, SimConsensus world, Map<UUID, Files> disk) {
    this.self = self;
    this.life = life;
    this.world = world;
    this.disk = disk;
  }

  long life() {
    return life;
  }

  boolean isOver() {
    return over;
  }

  /** It ended in good order, and what it has to answer is still answered. */
  boolean closing() {
    return over && !crashed;
  }

  @Nullable SimLog log(UUID group) {
    return over ? null : logs.get(group);
  }

  private Files files(UUID group) {
    alive();
    Files files = disk.get(group);
    if (files == null) {
      throw new IllegalStateException("group " + group + " is not here");
    }
    return files;
  }

  private void alive() {
    if (over) {
      throw new IllegalStateException("this life of " + self.id() + " is over");
    }
  }

  @Override
  public Set<UUID> local() {
    alive();
    Set<UUID> here = new TreeSet<>();
    disk.forEach((group, files) -> {
      if (files.sealed == null) {
        here.add(group);
      }
    });
    return here;
  }

  @Override
  public ConsensusLog open(UUID group, StateMachine machine) {
    Files files = files(group);
    if (files.sealed != null && !world.bugs().contains(Bug.OPENED_AGAIN)) {
      throw new IllegalStateException("group " + group + " is sealed");
    }
    if (logs.containsKey(group)) {
      throw new IllegalStateException("group " + group + " is open already");
    }
    return serve(group, files, machine);
  }

  @Override
  public ConsensusLog create(UUID group, StateMachine machine) {
    return make(group, machine, new Membership(List.of(self)));
  }

  @Override
  public ConsensusLog join(UUID group, StateMachine machine) {
    return make(group, machine, new Membership(List.of()));
  }

  private ConsensusLog make(UUID group, StateMachine machine, Membership voters) {
    alive();
    if (disk.containsKey(group)) {
      throw new IllegalStateException("group " + group + " is here already, or was");
    }
    Files files = new Files(voters);
    disk.put(group, files);
    return serve(group, files, machine);
  }

  private ConsensusLog serve(UUID group, Files files, StateMachine machine) {
    SimLog log =
        new SimLog(
            group, self.id(), life, world, files, machine, world.prng().fork(), () -> seal(group));
    logs.put(group, log);
    return log;
  }

  private Sealed seal(UUID group) {
    Files files = files(group);
    if (files.sealed == null) {
      SimLog log = logs.remove(group);
      if (log == null) {
        throw new IllegalStateException("group " + group + " is not open");
      }
      log.stop("the group is sealed");
      files.sealed = log.last();
    }
    return files.sealed;
  }

  @Override
  public @Nullable Sealed sealed(UUID group) {
    alive();
    Files files = disk.get(group);
    return files == null ? null : files.sealed;
  }

  @Override
  public void retire(UUID group) {
    Files files = files(group);
    if (files.sealed == null || files.retired) {
      throw new IllegalStateException("group " + group + " is not sealed");
    }
    files.retired = true;
  }

  @Override
  public void close() {
    logs.values().forEach(log -> log.stop("the log is closed"));
    over = true;
  }

  /** It ends without a word: nobody is answered. */
  void crash() {
    over = true;
    crashed = true;
  }
}
