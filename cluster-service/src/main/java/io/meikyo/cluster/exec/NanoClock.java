// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.exec;

import io.meikyo.linux.BootTime;

/** A clock that never goes back, in ns from some beginning. Any thread. */
public interface NanoClock {
  /** The clock that goes on while the machine sleeps, so that a slept deadline has passed. */
  NanoClock BOOT = BootTime::nanos;

  /** Nanoseconds since its beginning. */
  long nanos();
}
