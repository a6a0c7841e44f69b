// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.config.diff;

import io.meikyo.core.cluster.config.form.Need;
import io.meikyo.core.notice.Subject;
import java.util.List;

/**
 * One difference.
 *
 * @param path where, for people: {@code group[failover1].resource[fip1].address}
 * @param what what kind of difference
 * @param before the value before, as it is written in a file; empty if it was not there
 * @param after the value after; empty if it is not there any more
 * @param need what applying it needs
 * @param subjects whom it concerns, innermost first: {@code resource fip1}, {@code group failover1}
 */
public record ConfigChange(
    String path, What what, String before, String after, Need need, List<Subject> subjects) {

  /** Freezes the list. */
  public ConfigChange {
    subjects = List.copyOf(subjects);
  }

  /** Kinds of differences. */
  public enum What {
    /** A value is another one, is there now, or is there no more. */
    CHANGED,
    /** A table is new. */
    ADDED,
    /** A table is gone. */
    REMOVED,
    /** The same tables stand in another order, which counts. */
    REORDERED
  }
}
