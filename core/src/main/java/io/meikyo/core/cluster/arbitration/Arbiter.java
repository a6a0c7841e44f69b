// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.arbitration;

import io.meikyo.core.cluster.config.Arbitration;
import java.util.Locale;

/** Who is asked which of two servers goes on. */
public enum Arbiter {
  /** The witness, which gives each consensus group to one successor only. */
  HTTP_WITNESS(true),
  /** A script that switches the other server off, and says so. */
  FENCING(true),
  /** A target that answers both sides alike: both may go on. */
  PING(false),
  /** Nobody but the operator, and he is expected to come. */
  OPERATOR(true),
  /** Nobody: the server waits for the other one. */
  NONE(true);

  private final boolean exclusive;

  Arbiter(boolean exclusive) {
    this.exclusive = exclusive;
  }

  /** True if only one side can win. Where this is false, double survival is found afterwards. */
  public boolean exclusive() {
    return exclusive;
  }

  /** Its name in the configuration. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The one that the configuration names. */
  public static Arbiter of(Arbitration configured) {
    return switch (configured) {
      case Arbitration.HttpWitness _ -> HTTP_WITNESS;
      case Arbitration.Fencing _ -> FENCING;
      case Arbitration.Ping _ -> PING;
      case Arbitration.Operator _ -> OPERATOR;
      case Arbitration.None _ -> NONE;
    };
  }
}
