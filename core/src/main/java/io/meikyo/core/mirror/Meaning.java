// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.mirror;

/**
 * What a raised backup flag means on a partition that has just been opened (rule R14): the rows of
 * {@link MeaningTable}.
 */
public enum Meaning {
  /** The flag is off: nothing special. */
  NORMAL(true),
  /** The flag is on and the authority does not answer: wait for it. */
  STATE_SILENT(false),
  /** Our agent died during the hold that the state still knows: VOID first, then go on. */
  OWN_AGENT_CRASH(true),
  /** Our server went down during that hold: VOID first, then go on. */
  OWN_SERVER_CRASH(true),
  /** The state made this replica the active before its agent stopped: VOID first, then go on. */
  CHOSEN_UNHEARD(true),
  /** The hold has ended while we were away, and the peer knows it: follow the peer only. */
  MISSED_THE_END(false),
  /** The flag is on on both sides and the state knows of no such hold: both are restored images. */
  RESTORED_BOTH(false),
  /** The flag is on, the state knows of no such hold, the peer is not there to ask: wait. */
  RESTORED_OR_MISSED(false);

  private final boolean mayLead;

  Meaning(boolean mayLead) {
    this.mayLead = mayLead;
  }

  /** The replica may be activated without the operator's word. */
  public boolean mayLead() {
    return mayLead;
  }
}
