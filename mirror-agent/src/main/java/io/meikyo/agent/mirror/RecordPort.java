// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.mirror;

import io.meikyo.core.mirror.Event.Outcome;
import io.meikyo.core.mirror.SetRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The way to the authority that keeps the deciding record. For the loop's thread. */
public interface RecordPort {
  /** Asks for a change; answered once, perhaps with "unknown". */
  void propose(long proposalId, SetRecord next);

  /** What the authority says. Never called from inside a call of the port. */
  interface Events {
    /**
     * Which groups the authority's present group goes on from; before its first record.
     *
     * @param former newest first
     */
    default void lineage(long group, List<Long> former) {}

    /** The record as it is now; versions of one group never go back. */
    void recordSeen(SetRecord record);

    /** A proposal's end. */
    void proposed(long proposalId, Outcome outcome, @Nullable SetRecord record);
  }
}
