// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.config;

import java.util.List;
import java.util.Optional;

/**
 * Where the cluster keeps its configuration: the text as the user wrote it, with a version. The
 * cluster service is behind it.
 */
public interface ConfigStore {

  /**
   * A configuration that counts.
   *
   * @param version rises by one with each that is applied
   * @param text as the user wrote it
   */
  record Applied(long version, String text) {}

  /**
   * What came of applying one.
   *
   * @param version the version that it has now
   * @param delivered the servers that have it
   * @param waiting the servers that are down and still need it; it is delivered to each before that
   *     server may start anything
   * @param restart the servers whose service takes it only when it is started anew
   */
  record Outcome(long version, List<String> delivered, List<String> waiting, List<String> restart) {
    /** Freezes the lists. */
    public Outcome {
      delivered = List.copyOf(delivered);
      waiting = List.copyOf(waiting);
      restart = List.copyOf(restart);
    }
  }

  /**
   * The configuration that counts; empty: none was applied yet.
   *
   * @throws ConfigProblem if nobody can be asked
   */
  Optional<Applied> current() throws ConfigProblem;

  /**
   * Applies a text on all servers, or on none.
   *
   * @param expected the version that it was made from; 0: none
   * @param text a text without errors
   * @param force whether to go on although a server is down
   * @throws ConfigProblem if it was not applied: another version counts by now, a server is down
   *     and {@code force} is not set, or nobody can be asked
   */
  Outcome apply(long expected, String text, boolean force) throws ConfigProblem;
}
