// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.snapshot;

import io.meikyo.core.partition.CutRecord;
import io.meikyo.core.partition.PeerSlot;
import io.meikyo.core.partition.Superblock;

/**
 * A snapshot as others see it. Immutable.
 *
 * @param name {@code md1@HEX}
 * @param stands false: it is lost
 * @param why why it is lost, a word; "" if it stands
 * @param reason what failed, in words; "" if nothing did
 * @param usedBytes bytes in its store
 * @param capBytes bytes that its store may have
 * @param takenMillis wall clock of the cut, milliseconds since 1970
 * @param by who wants it; "" if nobody has said so
 * @param open what the cut is worth is not known yet
 * @param cut the cut, with what is known of its worth
 * @param atCut superblock as it was at the cut
 * @param provider who has taken it, as the configuration calls it
 * @param elsewhere where its bytes are, if nobody here can read them; "": they are read here
 */
public record SnapshotView(
    String name,
    boolean stands,
    String why,
    String reason,
    long usedBytes,
    long capBytes,
    long takenMillis,
    String by,
    boolean open,
    CutRecord cut,
    Superblock atCut,
    String provider,
    String elsewhere) {

  /** What the cut is worth, a word: OPEN as long as nobody knows. */
  public String proof() {
    return open ? "OPEN" : cut.status().name();
  }

  /** Wall clock of the base that the proof stands on, milliseconds since 1970; 0: there is none. */
  public long proofMillis() {
    long oldest = Long.MAX_VALUE;
    int own = atCut.identity().replica();
    for (int replica = 0; replica < atCut.peers().size(); replica++) {
      boolean other = replica != own && (atCut.inSyncMask() & 1 << replica) != 0;
      PeerSlot slot = atCut.peers().get(replica);
      if (other) {
        oldest = Math.min(oldest, slot.baseProven() ? slot.provenAtMillis() : 0);
      }
    }
    return oldest == Long.MAX_VALUE ? 0 : oldest;
  }
}
