// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import java.util.Collections;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What the cluster knows of one member.
 *
 * @param name as in the configuration
 * @param incarnation rises when it comes back without its memory of its votes
 * @param startMode what it does at boot
 * @param running false while the operator has the cluster service stopped on it
 * @param leaseEpoch rises each time its groups are taken from it; leases of former ones are void
 * @param configApplied version of the configuration that it works with; 0 if it never said
 * @param left it has stopped in good order, and holds nothing
 * @param quiet monitors that rest on it by the operator's word
 */
public record ServerState(
    String name,
    MemberRole role,
    int incarnation,
    StartMode startMode,
    boolean running,
    long leaseEpoch,
    long configApplied,
    boolean left,
    SortedSet<String> quiet) {

  /** Checks that there is a name, and freezes the set. */
  public ServerState {
    Objects.requireNonNull(name);
    quiet = Collections.unmodifiableSortedSet(new TreeSet<>(quiet));
  }

  /** A member that has just joined. */
  public static ServerState fresh(String name, MemberRole role, int incarnation) {
    // A witness has nothing to start: it is never taken for one that has left.
    boolean outside = role == MemberRole.SERVER;
    return new ServerState(
        name, role, incarnation, StartMode.AUTO, false, 0, 0, outside, new TreeSet<>());
  }

  ServerState withIncarnation(int next) {
    return new ServerState(
        name, role, next, startMode, running, leaseEpoch, configApplied, left, quiet);
  }

  ServerState withStartMode(StartMode mode) {
    return new ServerState(
        name, role, incarnation, mode, running, leaseEpoch, configApplied, left, quiet);
  }

  ServerState withRunning(boolean runs, boolean hasLeft) {
    return new ServerState(
        name, role, incarnation, startMode, runs, leaseEpoch, configApplied, hasLeft, quiet);
  }

  ServerState deposed() {
    return new ServerState(
        name, role, incarnation, startMode, running, leaseEpoch + 1, configApplied, left, quiet);
  }

  ServerState withConfig(long version) {
    return new ServerState(
        name, role, incarnation, startMode, running, leaseEpoch, version, left, quiet);
  }

  ServerState withQuiet(SortedSet<String> monitors) {
    return new ServerState(
        name, role, incarnation, startMode, running, leaseEpoch, configApplied, left, monitors);
  }
}
