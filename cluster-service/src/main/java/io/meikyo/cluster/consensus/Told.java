// SPDX-License-Identifier: Apache-2.0
package io.meikyo.cluster.consensus;

import io.meikyo.core.consensus.LogPosition;
import io.meikyo.core.consensus.Outcome;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What the member that leads tells the proposer of an entry when it has applied it.
 *
 * <pre>
 * 0  1  1: applied; 2: was applied before by another entry, and its result is forgotten
 * 1  8  term, 9 8 index
 * 17    result
 * </pre>
 */
final class Told {
  private static final byte APPLIED = 1;
  private static final byte BEFORE = 2;
  private static final int HEAD_BYTES = 17;

  private Told() {}

  static byte[] applied(LogPosition at, byte[] result) {
    return encode(APPLIED, at, result);
  }

  static byte[] before(LogPosition at) {
    return encode(BEFORE, at, new byte[0]);
  }

  private static byte[] encode(byte kind, LogPosition at, byte[] result) {
    return ByteBuffer.allocate(HEAD_BYTES + result.length)
        .put(kind)
        .putLong(at.term())
        .putLong(at.index())
        .put(result)
        .array();
  }

  /** The outcome; null if its result is not in it. */
  static Outcome.@Nullable Applied decode(ByteBuffer bytes) {
    if (bytes.remaining() < HEAD_BYTES || bytes.get() != APPLIED) {
      return null;
    }
    LogPosition at = new LogPosition(bytes.getLong(), bytes.getLong());
    byte[] result = new byte[bytes.remaining()];
    bytes.get(result);
    return new Outcome.Applied(at, result);
  }
}
