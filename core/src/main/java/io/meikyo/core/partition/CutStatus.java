// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.partition;

/** What an image taken at a cut is worth. */
public enum CutStatus {
  /** No cut. */
  NONE,
  /** Every replica stood still at the cut; equality is not yet shown. */
  UNPROVEN,
  /** As {@link #UNPROVEN}, and digest and base prove the replicas byte-identical (rules R8, R9). */
  PROVEN,
  /** The digests differ: the replicas are not equal; a verify must follow. */
  UNEQUAL,
  /** Writes went on before the image was declared done: it must not be used (rule R11). */
  VOID
}
