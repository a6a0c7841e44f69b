// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.partition;

/**
 * What a replica's own partition says about one peer.
 *
 * @param base stamp that the peer shows if nobody touched it since it was last here; {@link
 *     Stamp#NONE} if nothing is known, and then only a full compare helps
 * @param baseNext a second stamp that is just as good while a new one is on its way to the peer
 * @param tracked this replica was active while the peer followed it, so that its dirty map for the
 *     peer covers all that the peer may have lost with its disk caches (rule R1); false if the base
 *     was only taken over from a former active
 * @param baseProven the peer was once compared with us byte by byte, or both were zeroed (rule R8)
 * @param provenAtMillis wall clock of the last full verify, milliseconds since 1970; 0 if never
 */
public record PeerSlot(
    Stamp base, Stamp baseNext, boolean tracked, boolean baseProven, long provenAtMillis) {
  /** Nothing is known of the peer. */
  public static final PeerSlot UNKNOWN = new PeerSlot(Stamp.NONE, Stamp.NONE, false, false, 0);

  /** True if a peer that shows this stamp is the one that was dropped here, untouched. */
  public boolean accepts(Stamp shown) {
    return shown.isSome() && (shown.equals(base) || shown.equals(baseNext));
  }

  /** The same with other stamps. */
  public PeerSlot withStamps(Stamp first, Stamp second, boolean isTracked) {
    return new PeerSlot(first, second, isTracked, baseProven, provenAtMillis);
  }

  /** The same with another word on the proof. */
  public PeerSlot withProof(boolean proven, long atMillis) {
    return new PeerSlot(base, baseNext, tracked, proven, atMillis);
  }
}
