// SPDX-License-Identifier: Apache-2.0
package io.meikyo.core.format;

import java.nio.ByteBuffer;

/** Where the bytes of a cluster partition go to. A failed write or flush ends in an exception. */
public interface BlockSink {

  /** Writes from position to limit of {@code bytes}; offset and length are multiples of 4096. */
  void write(long offset, ByteBuffer bytes);

  /** Makes everything durable that was written before. */
  void flush();
}
