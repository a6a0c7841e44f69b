// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import io.meikyo.agent.block.BlockService;
import io.meikyo.core.base.Invariant;
import java.nio.charset.StandardCharsets;

/**
 * What clients are told of an export.
 *
 * @param name what they ask for; "" is the default export
 * @param description one line for people; may be empty
 * @param bytes size
 * @param blockBytes to which requests must be aligned
 * @param readOnly whether writes are refused
 * @param trims whether discards can have an effect
 */
record ExportInfo(
    String name, String description, long bytes, int blockBytes, boolean readOnly, boolean trims) {
  /** Most bytes of a name or a description. */
  static final int TEXT_BYTES_MAX = 255;

  /** Most bytes of a request; what clients expect that do not ask. Larger ones are refused. */
  static final int REQUEST_BYTES_MAX = 32 << 20;

  private static final int PREFERRED_BYTES = 4096;

  ExportInfo {
    Invariant.check(utf8(name) <= TEXT_BYTES_MAX, "the name of an export is short");
    Invariant.check(utf8(description) <= TEXT_BYTES_MAX, "the description is short");
  }

  /** What a device says of itself. */
  static ExportInfo of(String name, String description, BlockService device) {
    return new ExportInfo(
        name,
        description,
        device.blocks() * device.blockBytes(),
        device.blockBytes(),
        device.readOnly(),
        device.discardBytes() > 0);
  }

  private static int utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  /** The size that is best for requests. */
  int preferredBytes() {
    return Math.max(PREFERRED_BYTES, blockBytes);
  }

  /** Transmission flags. A device that cannot be written still takes a flush. */
  int flags() {
    int flags =
        Wire.HAS_FLAGS | Wire.SEND_FLUSH | Wire.SEND_FUA | Wire.SEND_DF | Wire.CAN_MULTI_CONN;
    if (readOnly) {
      return flags | Wire.READ_ONLY;
    }
    flags |= Wire.SEND_WRITE_ZEROES | Wire.SEND_FAST_ZERO;
    return trims ? flags | Wire.SEND_TRIM : flags;
  }
}
