// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.process;

import io.meikyo.core.cluster.config.ClusterConfig;
import io.meikyo.core.cluster.config.SelfFencing;
import io.meikyo.core.cluster.config.Timing;
import org.jspecify.annotations.Nullable;

/** Times of the configuration, and before the first is known. */
final class Defaults {
  private static final long MS = 1_000_000;

  private Defaults() {}

  static Timing timing(@Nullable ClusterConfig known) {
    if (known != null) {
      return known.timing();
    }
    return new Timing(
        Timing.Profile.CALM,
        500 * MS,
        1500 * MS,
        2000 * MS,
        500 * MS,
        750 * MS,
        1500 * MS,
        30_000 * MS);
  }

  static SelfFencing selfFencing(@Nullable ClusterConfig known) {
    return known == null
        ? new SelfFencing(1000 * MS, 2000 * MS, SelfFencing.LastResort.SYSRQ)
        : known.selfFencing();
  }

  /** Those of the replicated log. */
  static io.meikyo.cluster.consensus.Timing consensus(Timing t) {
    return new io.meikyo.cluster.consensus.Timing(
        (int) (t.electionMin() / MS), (int) (t.electionMax() / MS));
  }
}
