// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config;

import java.util.List;

/**
 * One resource of a group. All times in ns.
 *
 * @param name its name, {@code fip1}
 * @param settings what it is
 * @param dependsOn the resources of its group that must be started before it and stopped after it
 * @param startTimeout longest start
 * @param stopTimeout longest stop
 * @param startRetries how often a failed start is tried again on the same server
 * @param stopRetries how often a failed stop is tried again
 * @param failovers how often its failed start moves the group to another server
 * @param finalAction what follows when all that did not help
 * @param stopFailure what follows when it cannot be stopped
 */
public record Resource(
    String name,
    ResourceSettings settings,
    List<String> dependsOn,
    long startTimeout,
    long stopTimeout,
    int startRetries,
    int stopRetries,
    int failovers,
    FinalAction finalAction,
    FinalAction stopFailure) {

  /** Freezes the list. */
  public Resource {
    dependsOn = List.copyOf(dependsOn);
  }

  /** Its kind. */
  public ResourceKind kind() {
    return settings.kind();
  }
}
