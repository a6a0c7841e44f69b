// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

/**
 * Rule R14: (flag here, flag there, hold id in the state, boot ids) → own crash or restored image.
 * A pure function; docs/backup-meaning.md shows it as a table and a test walks it.
 */
public final class MeaningTable {
  private MeaningTable() {}

  /** A backup flag as far as it is known. */
  public enum Flag {
    /** Down. */
    OFF,
    /** Raised. */
    ON,
    /** The peer is not there to ask. */
    UNKNOWN
  }

  /** What the state knows of the hold that stands on this partition. */
  public enum Hold {
    /** The same hold is registered. */
    SAME,
    /**
     * None is, or another; but the state made this replica the active, and the partition carries
     * the stamp that was announced for it: the agent stopped before it heard of it.
     */
    DECIDED,
    /** None is, or another. */
    OTHER,
    /** The authority was not heard. */
    SILENT
  }

  /** The meaning. {@code sameBoot}: the server was not restarted since the flag was raised. */
  public static Meaning decide(Flag here, Flag there, Hold hold, boolean sameBoot) {
    if (here == Flag.OFF) {
      return Meaning.NORMAL;
    }
    return switch (hold) {
      case SILENT -> Meaning.STATE_SILENT;
      case SAME -> sameBoot ? Meaning.OWN_AGENT_CRASH : Meaning.OWN_SERVER_CRASH;
      case DECIDED -> Meaning.CHOSEN_UNHEARD;
      case OTHER ->
          switch (there) {
            case OFF -> Meaning.MISSED_THE_END;
            case ON -> Meaning.RESTORED_BOTH;
            case UNKNOWN -> Meaning.RESTORED_OR_MISSED;
          };
    };
  }
}
