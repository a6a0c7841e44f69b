// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import io.meikyo.core.cluster.config.SelfFencing;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * May this server act as the owner of a group (rules R5, R16)? By its lease; or, for a group with
 * mirror disks, because nobody else can take it: every in-sync peer's agent follows ours in this
 * epoch, or no other replica is in sync.
 *
 * <p>Knows when the gate closed also if that was noticed late: {@link SelfFence} counts from there.
 * Pure; times in ns of a clock that goes on while the machine sleeps.
 */
final class Gate {
  /**
   * How long the winner of an arbitration may act before the successor's group gives it a lease.
   */
  private static final long SOVEREIGN_NANOS = 15_000_000_000L;

  private final String self;
  private final Pulse pulse;
  private final SelfFence fence;
  private ClusterState state;
  private NodeEvent.Agent agent = NodeEvent.Agent.silent(0);

  /** What our mirror agent said is believed for so long, ns. */
  private final long believed;

  private long agentAt;
  private long openUntil;
  private long sovereignUntil = Long.MIN_VALUE;

  /** Per mirror disk, the highest version of its record that was asked for in this life. */
  private final Map<String, Long> asked = new HashMap<>();

  Gate(String self, SelfFencing fencing, Pulse pulse, ClusterState state, long believed, long now) {
    this.self = self;
    this.pulse = pulse;
    this.fence = new SelfFence(fencing);
    this.state = state;
    this.openUntil = now;
    this.believed = believed;
    this.agentAt = now - believed;
  }

  // ---- what is told

  void state(ClusterState now) {
    state = now;
  }

  void agent(NodeEvent.Agent said, long now) {
    agent = said;
    agentAt = Math.min(now, said.askedAt());
    pulse.agent(said, now);
  }

  /** Arbitration is won: nobody else can go on from this consensus group. */
  void sovereign(long now) {
    sovereignUntil = now + SOVEREIGN_NANOS;
  }

  /** Members whose mirror agents ours hears. */
  Set<String> agentHears() {
    return agent.runs() ? agent.hears() : Set.of();
  }

  /** Our agent wants a set changed; that may be decided without our seeing it. */
  void asked(Command.DecideSet set) {
    asked.merge(set.disk(), set.next().version(), Math::max);
  }

  /**
   * What stands still of a mirror disk here; null if our agent has not said it since then.
   *
   * @param since ns
   */
  NodeEvent.Agent.@Nullable Still still(String disk, long since) {
    NodeEvent.Agent.DiskView view = agent.disks().get(disk);
    return view == null || agent.askedAt() <= since ? null : view.still();
  }

  // ---- the gate

  /** True if this group may act here. */
  boolean isOpen(String name, GroupRunner runner, long now) {
    GroupState g = state.groups().get(name);
    boolean mine = g != null && g.ownedBy(self);
    return mine && (pulse.leased(now) || now < sovereignUntil || byData(runner, now));
  }

  /** The control plane may be gone: nobody else can be promoted. */
  private boolean byData(GroupRunner runner, long now) {
    boolean any = false;
    for (String disk : runner.group().mirrors()) {
      any = true;
      NodeEvent.Agent.DiskView view = agent.disks().get(disk);
      DiskState known = state.disks().get(disk);
      ConfigState.DiskFacts facts = state.config().disks().get(disk);
      boolean stale = now - agentAt >= believed;
      if (view == null || known == null || facts == null || stale || !view.active()) {
        return false;
      }
      if (!view.followed() && !alone(disk, known, facts)) {
        return false;
      }
    }
    return any;
  }

  /**
   * Only ours is in sync, as far as we can know: what we have applied is not of a former life, and
   * we have asked for no change that may have been decided unseen.
   */
  private boolean alone(String disk, DiskState known, ConfigState.DiskFacts facts) {
    int replica = facts.replicaOf(self);
    return replica >= 0
        && known.record().inSyncMask() == 1 << replica
        && pulse.isFresh()
        && known.record().version() >= asked.getOrDefault(disk, 0L);
  }

  /** Looks at all that runs here. */
  SelfFence.Stage look(Map<String, GroupRunner> runners, long now) {
    boolean allOpen = true;
    boolean allDown = true;
    long until = Long.MAX_VALUE;
    for (var e : runners.entrySet()) {
      GroupRunner runner = e.getValue();
      if (runner.state() == GroupRunner.State.STOPPED) {
        continue;
      }
      // What runs here and is no longer ours has no gate at all.
      boolean open = isOpen(e.getKey(), runner, now);
      allOpen &= open;
      allDown &= open && !runner.fencing();
      until = Math.min(until, until(runner, now));
    }
    // At rest nobody takes anything over: a machine that stood still has its whole time.
    long closed = state.atRest() ? now : Math.min(now, openUntil);
    SelfFence.Stage stage = fence.look(allOpen, allDown, closed, now);
    if (allOpen) {
      openUntil = until;
    }
    return stage;
  }

  /** Until when the gate of a group stays open if nothing more is heard. */
  private long until(GroupRunner runner, long now) {
    long lease = Math.max(sovereignUntil, pulse.leased(now) ? pulse.leaseUntil() : now);
    return byData(runner, now) ? Math.max(lease, agentAt + believed) : lease;
  }

  SelfFence.Stage stage() {
    return fence.stage();
  }

  /** When the next look is due, ns. */
  long deadline(long now) {
    long view = agentAt + believed;
    return Math.min(fence.deadline(), now < view ? view : Long.MAX_VALUE);
  }
}
