// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * A command as it stands in the log, with the proposal that it came by: one that is put into the
 * log twice, because its first answer was lost, is applied once.
 *
 * <pre>
 * 0   1  format, 1
 * 1  16  proposer: one life of one member
 * 17  8  number of the proposal, from 0
 * 25     command
 * </pre>
 */
record Envelope(UUID proposer, long number, byte[] command) {
  private static final byte FORMAT = 1;
  static final int HEAD_BYTES = 25;

  byte[] encode() {
    return ByteBuffer.allocate(HEAD_BYTES + command.length)
        .put(FORMAT)
        .putLong(proposer.getMostSignificantBits())
        .putLong(proposer.getLeastSignificantBits())
        .putLong(number)
        .put(command)
        .array();
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws IllegalStateException if it is something else
   */
  static Envelope decode(ByteBuffer bytes) {
    if (bytes.remaining() < HEAD_BYTES || bytes.get() != FORMAT) {
      throw new IllegalStateException("an entry of the log is in a format unknown here");
    }
    UUID proposer = new UUID(bytes.getLong(), bytes.getLong());
    long number = bytes.getLong();
    byte[] command = new byte[bytes.remaining()];
    bytes.get(command);
    return new Envelope(proposer, number, command);
  }
}
