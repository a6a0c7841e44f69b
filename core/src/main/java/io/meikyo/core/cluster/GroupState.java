// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the cluster has decided about one failover group.
 *
 * @param owner the server that may run it; null if none
 * @param epoch rises at each change of the owner (law 2)
 * @param wanted true if it should run
 * @param target where it should go next, by word of the operator or after a failure; null if the
 *     owner is right, or if anyone may take it
 * @param phase where it stands on the owner
 * @param failures per server, how often it has failed there since it ran last anywhere, or since
 *     the operator's last word
 * @param why the reason of the last change of owner, phase or wish
 * @param deposed servers that it was taken from while they could not be asked, each with its last
 *     lease epoch that is void now and that it may still believe in. Nobody starts it before all
 *     these leases are surely over; kept, also through further owners, until it runs
 * @param off resources that the operator has stopped where the group runs now; it begins anew
 *     elsewhere, or by the operator's word on the group, with all of them
 * @param failovers how it went elsewhere by itself because it failed, oldest first; since the
 *     operator's last word
 */
public record GroupState(
    String name,
    @Nullable String owner,
    long epoch,
    boolean wanted,
    @Nullable String target,
    Phase phase,
    SortedMap<String, Integer> failures,
    Reason why,
    SortedMap<String, Long> deposed,
    SortedSet<String> off,
    List<Failover> failovers) {
  /** Failovers that are remembered: as many as a configuration can allow. */
  private static final int KEPT = 1000;

  /** The longest time in which a configuration can count them, ms. */
  private static final long KEPT_MILLIS = 30L * 24 * 3600 * 1000;

  /**
   * It went elsewhere because it had failed.
   *
   * @param from where it had failed
   * @param atMillis wall clock of that server
   */
  public record Failover(String from, long atMillis) {
    /** True if it lies no further from that time than this; clocks may have been set since. */
    boolean within(long millis, long nowMillis) {
      return Math.abs(nowMillis - atMillis) < millis;
    }
  }

  /** Freezes maps, set and list. */
  public GroupState {
    failures = Collections.unmodifiableSortedMap(new TreeMap<>(failures));
    deposed = Collections.unmodifiableSortedMap(new TreeMap<>(deposed));
    off = Collections.unmodifiableSortedSet(new TreeSet<>(off));
    failovers = List.copyOf(failovers);
  }

  /** A group that was just configured. */
  public static GroupState fresh(String name, boolean wanted) {
    return new GroupState(
        name,
        null,
        0,
        wanted,
        null,
        Phase.OFFLINE,
        new TreeMap<>(),
        Reason.CONFIGURED,
        new TreeMap<>(),
        new TreeSet<>(),
        List.of());
  }

  /** True if this server owns it. */
  public boolean ownedBy(String server) {
    return server.equals(owner);
  }

  /** True if it has failed on this server since it ran last, or since the operator's last word. */
  public boolean failedOn(String server) {
    return failures.getOrDefault(server, 0) > 0;
  }

  /** What is to be another one in a copy. */
  private final class Copy {
    private @Nullable String owner = GroupState.this.owner;
    private long epoch = GroupState.this.epoch;
    private boolean wanted = GroupState.this.wanted;
    private @Nullable String target = GroupState.this.target;
    private Phase phase = GroupState.this.phase;
    private SortedMap<String, Integer> failures = GroupState.this.failures;
    private Reason why = GroupState.this.why;
    private SortedMap<String, Long> deposed = GroupState.this.deposed;
    private SortedSet<String> off = GroupState.this.off;
    private List<Failover> failovers = GroupState.this.failovers;

    GroupState made() {
      return new GroupState(
          name, owner, epoch, wanted, target, phase, failures, why, deposed, off, failovers);
    }
  }

  GroupState owned(String server, Reason reason) {
    TreeMap<String, Long> others = new TreeMap<>(deposed);
    others.remove(server);
    Copy c = new Copy();
    c.owner = server;
    c.epoch = epoch + 1;
    c.target = null;
    c.phase = Phase.STARTING;
    c.why = reason;
    c.deposed = others;
    c.off = new TreeSet<>();
    return c.made();
  }

  GroupState takenFrom(String server, long leaseEpoch) {
    Copy c = new Copy();
    c.deposed = new TreeMap<>(deposed);
    c.deposed.put(server, leaseEpoch);
    return c.made();
  }

  GroupState released(@Nullable String next, Reason reason) {
    Copy c = new Copy();
    c.owner = null;
    c.epoch = epoch + 1;
    c.target = next;
    c.phase = Phase.OFFLINE;
    c.why = reason;
    c.off = new TreeSet<>();
    return c.made();
  }

  /** It has failed there and goes elsewhere. */
  GroupState failed(String server, long atMillis) {
    Copy c = new Copy();
    c.failures = new TreeMap<>(failures);
    c.failures.merge(server, 1, Integer::sum);
    List<Failover> all = new ArrayList<>(failovers);
    all.add(new Failover(server, atMillis));
    all.removeIf(f -> !f.within(KEPT_MILLIS, atMillis));
    c.failovers = all.subList(Math.max(0, all.size() - KEPT), all.size());
    return c.made();
  }

  GroupState in(Phase next, Reason reason) {
    Copy c = new Copy();
    c.phase = next;
    c.why = reason;
    if (next == Phase.ONLINE) {
      // It runs, so nobody else's lease is waited for any more, and where it failed before may be
      // tried again; how often it goes round is counted in the failovers.
      c.deposed = new TreeMap<>();
      c.failures = new TreeMap<>();
    }
    return c.made();
  }

  GroupState wish(boolean run, @Nullable String where, Reason reason) {
    Copy c = new Copy();
    c.wanted = run;
    c.target = where;
    c.why = reason;
    c.failures = new TreeMap<>();
    c.failovers = List.of();
    c.off = new TreeSet<>();
    return c.made();
  }

  /** One resource of it, where it runs. */
  GroupState wish(String resource, boolean run) {
    Copy c = new Copy();
    c.off = new TreeSet<>(off);
    if (run) {
      c.off.remove(resource);
    } else {
      c.off.add(resource);
    }
    return c.made();
  }
}
