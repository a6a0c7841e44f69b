// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config;

import java.util.List;

/**
 * Who decides which server goes on when two servers have lost each other and there is no majority.
 * What each kind may authorise is rule R4.
 */
public sealed interface Arbitration {

  /**
   * Only one side can win. Where this is false, both may go on, which is found afterwards and not
   * prevented; every status view says so.
   */
  default boolean exclusive() {
    return !(this instanceof Ping);
  }

  /** Nobody: a server that is left alone waits for the other one. */
  record None() implements Arbitration {}

  /** The operator's word, and nothing else. */
  record Operator() implements Arbitration {}

  /** The HTTP witness of {@link ClusterConfig#witness()}. */
  record HttpWitness() implements Arbitration {}

  /**
   * Weak: whoever reaches the targets goes on, whoever reaches none stops.
   *
   * @param targets what is pinged, such as the gateway
   * @param timeout longest wait for one answer, ns
   * @param attempts how often each target is asked before it counts as out of reach
   */
  record Ping(List<IpAddress> targets, long timeout, int attempts) implements Arbitration {
    /** Freezes the list. */
    public Ping {
      targets = List.copyOf(targets);
    }
  }

  /**
   * A script that switches the other server off and confirms it by exit status 0.
   *
   * @param script its path; the name of the server to switch off is its argument
   * @param timeout longest run, ns; longer counts as failed
   */
  record Fencing(String script, long timeout) implements Arbitration {}
}
