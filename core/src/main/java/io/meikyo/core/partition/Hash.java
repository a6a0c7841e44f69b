// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.partition;

/**
 * 128 bits of a cryptographic hash over blocks read back from a disk.
 *
 * @param high upper 64 bits
 * @param low lower 64 bits
 */
public record Hash(long high, long low) {
  /** Of nothing. */
  public static final Hash ZERO = new Hash(0, 0);
}
