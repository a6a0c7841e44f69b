// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

/**
 * The checked header of a frame: how much follows, and for whom.
 *
 * @param type kind of message
 * @param groupId lineage of the authority that {@code epoch} belongs to
 * @param epoch epoch of the sender
 * @param session session
 * @param sequence number in the session
 * @param bodyBytes bytes of the body that follows the header
 * @param payloadBytes bytes of the payload that follows the body
 * @param bodyCrc CRC32C of the body
 * @param payloadCrc CRC32C of the payload
 */
public record FrameHeader(
    FrameType type,
    long groupId,
    long epoch,
    long session,
    long sequence,
    int bodyBytes,
    int payloadBytes,
    int bodyCrc,
    int payloadCrc) {}
