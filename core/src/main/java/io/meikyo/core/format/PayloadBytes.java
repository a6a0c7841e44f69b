// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import io.meikyo.core.partition.Payload;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * How the house that carries frames keeps the bytes behind a {@link Payload}. The codec never
 * copies them.
 */
public interface PayloadBytes {

  /** Number of bytes. */
  int length(Payload payload);

  /**
   * The bytes, in order, from position to limit of each buffer. The codec changes no byte; it may
   * move positions, so each call gives views of its own.
   */
  List<ByteBuffer> views(Payload payload);

  /**
   * A payload over received bytes, from position to limit; the buffer is the payload's from then.
   */
  Payload wrap(ByteBuffer bytes);
}
