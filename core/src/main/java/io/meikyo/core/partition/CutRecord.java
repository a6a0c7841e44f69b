// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.partition;

/**
 * The last cut, as it stands on the cluster partition and therefore in every image of it.
 *
 * @param cutId id of the cut; 0 if there was none
 * @param holdId id of the hold during which it was made
 * @param generation generation at the cut
 * @param epoch epoch at the cut
 * @param stamp stamp that the cut issued
 * @param logSequence sequence of the (empty) activity log transaction at the cut: an image whose
 *     log is not empty or has a later sequence is not an image of this cut (rule R11)
 * @param status what the image is worth
 * @param digestHigh upper 64 bits of the digest of what changed since the last proven cut
 * @param digestLow lower 64 bits
 */
public record CutRecord(
    long cutId,
    long holdId,
    long generation,
    long epoch,
    Stamp stamp,
    long logSequence,
    CutStatus status,
    long digestHigh,
    long digestLow) {
  /** No cut was ever made here. */
  public static final CutRecord NONE =
      new CutRecord(0, 0, 0, 0, Stamp.NONE, 0, CutStatus.NONE, 0, 0);

  /** The same cut with another status. */
  public CutRecord withStatus(CutStatus s) {
    return new CutRecord(
        cutId, holdId, generation, epoch, stamp, logSequence, s, digestHigh, digestLow);
  }

  /** The same cut with its digest. */
  public CutRecord withDigest(long high, long low) {
    return new CutRecord(cutId, holdId, generation, epoch, stamp, logSequence, status, high, low);
  }
}
