// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster;

import java.util.Map;
import java.util.Set;

/**
 * How the world looks from one server, for the planner.
 *
 * @param self this server
 * @param now ns
 * @param startedAt when this service started, ns
 * @param fresh a command of this life of ours was applied
 * @param leased we hold the lease
 * @param health what we believe of each member
 * @param local how each group stands here
 * @param over true per group if the lease of whoever had it before is surely over
 * @param failedAt since when a group has been failed here, ns; absent if it is not
 * @param releasing groups that we have offered back, and nobody knows yet whether that was taken:
 *     it may still be, at any later time
 * @param culprits per failed group the resource that could not be started or stopped
 * @param waitingSince since when a group has been waiting for another one here, ns
 * @param images groups of which a restored image waits here for the end of its restore
 * @param wallMillis what the wall clock says
 * @param bootAllowed false until the service is to run here (start mode, word of the operator)
 */
public record Outlook(
    String self,
    long now,
    long startedAt,
    boolean fresh,
    boolean leased,
    Map<String, Health> health,
    Map<String, GroupRunner.State> local,
    Map<String, Boolean> over,
    Map<String, Long> failedAt,
    Set<String> releasing,
    Map<String, String> culprits,
    Map<String, Long> waitingSince,
    Set<String> images,
    long wallMillis,
    boolean bootAllowed) {
  /** Freezes the maps. */
  public Outlook {
    health = Map.copyOf(health);
    local = Map.copyOf(local);
    over = Map.copyOf(over);
    failedAt = Map.copyOf(failedAt);
    releasing = Set.copyOf(releasing);
    culprits = Map.copyOf(culprits);
    waitingSince = Map.copyOf(waitingSince);
    images = Set.copyOf(images);
  }

  Health of(String server) {
    return server.equals(self) ? Health.UP : health.getOrDefault(server, Health.NEVER_SEEN);
  }

  GroupRunner.State here(String group) {
    return local.getOrDefault(group, GroupRunner.State.STOPPED);
  }
}
