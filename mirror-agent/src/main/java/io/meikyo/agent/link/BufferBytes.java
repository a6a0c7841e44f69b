// SPDX-License-Identifier: Apache-2.0
package io.meikyo.agent.link;

import io.meikyo.agent.memory.Buffer;
import io.meikyo.core.base.Invariant;
import io.meikyo.core.format.PayloadBytes;
import io.meikyo.core.partition.Payload;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The codec's view of pooled buffers. For one thread. */
final class BufferBytes implements PayloadBytes {
  private @Nullable Buffer received;

  /** The buffer that the next {@link #wrap} is about. */
  void received(@Nullable Buffer buffer) {
    received = buffer;
  }

  @Override
  public int length(Payload payload) {
    return ((Buffer) payload).length();
  }

  @Override
  public List<ByteBuffer> views(Payload payload) {
    return List.of(((Buffer) payload).view());
  }

  @Override
  public Payload wrap(ByteBuffer bytes) {
    Buffer buffer = received;
    Invariant.check(buffer != null, "a payload lies in the buffer that was lent for it");
    if (buffer == null) {
      throw new IllegalStateException();
    }
    return buffer;
  }
}
