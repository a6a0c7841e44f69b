// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.cluster.arbitration;

import java.util.UUID;

/**
 * A way from one consensus group to the next that was begun, as the journal keeps it. From the
 * moment that it stands there the former group is never worked in again, whatever crashes.
 *
 * @param from the group that is left
 * @param to the group that follows
 * @param evidence for a succession how arbitration was won; for a rejoin whom we join
 */
public record Passage(Kind kind, UUID from, UUID to, String evidence) {
  /** What is done. */
  public enum Kind {
    /** We go on alone: the new group is made here, with what the old one held. */
    SUCCEED,
    /** The other server has gone on: we join its group empty, and keep our old one aside. */
    REJOIN
  }
}
