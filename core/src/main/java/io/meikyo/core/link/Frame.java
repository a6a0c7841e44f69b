// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.link;

/**
 * A message with the header that fences it (law 2, rule R3).
 *
 * @param groupId lineage of the authority that {@code epoch} belongs to
 * @param epoch epoch of the sender; the receiver refuses older ones
 * @param session id that both sides made from their nonces; 0 in {@link Message.Hello} only
 * @param sequence 1, 2, 3 … per direction and session; a repeated one is dropped, a missing one
 *     ends the session
 * @param body the message
 */
public record Frame(long groupId, long epoch, long session, long sequence, Message body) {
  /** Version of the protocol that this code speaks. */
  public static final int PROTOCOL_VERSION = 1;
}
