// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.consensus;

import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.consensus.Membership;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What members of a group say to each other. */
sealed interface Message {
  /**
   * Asks for a vote.
   *
   * @param trial only whether it would be given
   */
  record Stand(long term, LogPosition last, boolean trial) implements Message {}

  /** A vote, or none. */
  record Vote(long term, boolean given, boolean trial) implements Message {}

  /** What stands behind {@code before} in the leader's log; a heartbeat if it is empty. */
  record Append(long term, LogPosition before, List<Entry> entries, long commit)
      implements Message {}

  /**
   * What became of it.
   *
   * @param have the log is the leader's up to here; if not {@code ok}, where to go on
   */
  record Appended(long term, boolean ok, long have) implements Message {}

  /** A state in place of entries that the leader has no more. */
  record Install(long term, Saved saved) implements Message {}

  /** A proposal for the leader. */
  record Forward(Entry.Key key, byte[] command) implements Message {}

  /** A change of the voters for the leader. */
  record Change(long number, Membership expected, Membership next) implements Message {}

  /**
   * What the leader says to one of these two.
   *
   * @param refused null: a change is in force; else it is in no log
   * @param again it may be tried again at once
   */
  record Told(long number, boolean change, @Nullable String refused, boolean again)
      implements Message {}

  /** The leader wants the receiver to lead. */
  record TakeLead(long term) implements Message {}
}
