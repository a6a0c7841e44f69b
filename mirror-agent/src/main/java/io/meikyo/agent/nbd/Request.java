// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.nbd;

import java.nio.ByteBuffer;

/**
 * A request as it came.
 *
 * @param command a {@code CMD_…} of {@link Wire}, or anything
 * @param flags {@code FLAG_…} of {@link Wire}, or anything
 * @param cookie what the client knows it by
 * @param offset in bytes, unsigned
 * @param length in bytes, 0 to 2^32-1
 */
record Request(int command, int flags, long cookie, long offset, long length) {
  /** Reads one; {@code in} has {@link Wire#REQUEST_BYTES}, the magic number is taken already. */
  static Request read(ByteBuffer in) {
    int flags = Short.toUnsignedInt(in.getShort());
    int command = Short.toUnsignedInt(in.getShort());
    long cookie = in.getLong();
    long offset = in.getLong();
    return new Request(command, flags, cookie, offset, Integer.toUnsignedLong(in.getInt()));
  }

  boolean fua() {
    return (flags & Wire.FLAG_FUA) != 0;
  }

  /** Bytes that follow the request. */
  long payloadBytes() {
    return command == Wire.CMD_WRITE ? length : 0;
  }

  /** True if its answer carries more than an error, so that it is structured if any is. */
  boolean answersWithData() {
    return command == Wire.CMD_READ || command == Wire.CMD_BLOCK_STATUS;
  }
}
