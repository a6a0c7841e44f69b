// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config;

/** The small third party. */
public sealed interface Witness {

  /** There is none. */
  record None() implements Witness {}

  /**
   * A third member of the consensus without data.
   *
   * @param name its name among the members
   * @param address where its consensus member listens
   */
  record Voter(String name, HostPort address) implements Witness {}

  /**
   * A compare-and-set register behind HTTP; used by {@link Arbitration.HttpWitness}.
   *
   * @param url its address, {@code https://…}
   * @param timeout longest wait for its answer, ns
   */
  record Http(String url, long timeout) implements Witness {}
}
