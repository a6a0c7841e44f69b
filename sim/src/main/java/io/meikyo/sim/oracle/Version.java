// SPDX-License-Identifier: Apache-2.0
package io.meikyo.sim.oracle;

/**
 * One write of one block, as the application saw it: it may take effect once, at some instant
 * between {@code invoked} and {@code ended}, or (unless it is known to have happened) never.
 */
public final class Version {
  /** Later than any instant. */
  static final long NEVER = Long.MAX_VALUE;

  final BlockHistory block;
  final long token;
  final long invoked;

  /** A discard: even an answered one may have left the block as it was. */
  final boolean optional;

  /** From here on it can take effect no more: answered, or the engine that had it is dead. */
  long ended = NEVER;

  /** From here on it is known to have taken effect. */
  long happened = NEVER;

  /** Reads that begin after this instant must not return it. */
  long deadSince = NEVER;

  /** Slots of the versions of this block that are known to come later. */
  long laterSlots;

  /** Its place in its block's table; -1 once it is out of the table for ever. */
  int slot;

  /** A flush or FUA covers it. */
  boolean durable;

  /** Every replica that held it has lost its cache: it may be gone, or may not. */
  boolean lost;

  /** It is held by the replicas of this mask that lost no cache since {@link #heldSince}. */
  int heldMask;

  long heldSince;

  Version(BlockHistory block, int slot, long token, long invoked, boolean optional) {
    this.block = block;
    this.slot = slot;
    this.token = token;
    this.invoked = invoked;
    this.optional = optional;
  }

  /** Nobody can say any more that it is still on its way. */
  boolean pending() {
    return ended == NEVER;
  }

  boolean live() {
    return deadSince == NEVER;
  }

  String describe() {
    StringBuilder b = new StringBuilder(48);
    b.append(Long.toHexString(token)).append('@').append(invoked).append("..");
    b.append(ended == NEVER ? "" : Long.toString(ended));
    b.append(happened != NEVER ? " happened" : "").append(durable ? " durable" : "");
    b.append(lost ? " lost" : "").append(optional ? " discard" : "");
    return b.append(live() ? "" : " dead@" + deadSince).toString();
  }
}
